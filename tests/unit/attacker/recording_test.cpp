// What is kept of connections: within one direction of one connection, up to a bound.
#include <boost/test/unit_test.hpp>

#include "fakes/net/recording.hpp"

using smtprig::fakes::net::Recording;
using smtprig::fakes::net::Way;

BOOST_AUTO_TEST_SUITE(recording)

BOOST_AUTO_TEST_CASE(text_in_pieces_is_found) {
  Recording recording;
  recording.take(1, Way::from_client, "RCPT TO:<a@b.t");
  recording.take(1, Way::from_client, "est>\r\n");
  BOOST_TEST(recording.holds("<a@b.test>"));
  BOOST_TEST(!recording.holds("<c@b.test>"));
  recording.clear();
  BOOST_TEST(!recording.holds("a@b"));
}

BOOST_AUTO_TEST_CASE(directions_and_connections_are_apart) {
  Recording recording;
  recording.take(1, Way::from_client, "to");
  recording.take(1, Way::from_server, "ken");
  recording.take(2, Way::from_client, "ken");
  BOOST_TEST(!recording.holds("token"));
  BOOST_TEST(recording.holds("ken"));
}

BOOST_AUTO_TEST_CASE(what_comes_late_is_not_kept) {
  Recording recording(4);
  recording.take(1, Way::from_client, "abc");
  recording.take(1, Way::from_client, "def");
  recording.take(1, Way::from_client, "ghi");
  BOOST_TEST(recording.holds("abcd"));
  BOOST_TEST(!recording.holds("e"));
  BOOST_TEST(!recording.holds("g"));
}

BOOST_AUTO_TEST_SUITE_END()
