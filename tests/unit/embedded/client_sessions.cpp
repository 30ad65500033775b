// Where sessions are kept: one for each place, given out once, bounded.
#include "harness/servers/embedded/client_sessions.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

namespace {

using namespace smtprig::embedded;
using smtprig::fakes::tls::Session;
using smtprig::model::Policy;

Session session() {
  return {SSL_SESSION_new(), &SSL_SESSION_free};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_sessions)

BOOST_AUTO_TEST_CASE(one_for_each_place_once) {
  ClientSessions sessions;
  const Session first = session(), second = session(), other = session();
  sessions.keep("a", first);
  sessions.keep("b", other);
  sessions.keep("a", second);
  BOOST_TEST((sessions.take("a") == second));
  BOOST_TEST((sessions.take("a") == nullptr));
  BOOST_TEST((sessions.take("b") == other));
}

BOOST_AUTO_TEST_CASE(none_is_not_kept) {
  ClientSessions sessions;
  const Session kept = session();
  sessions.keep("a", kept);
  sessions.keep("a", nullptr);
  BOOST_TEST((sessions.take("a") == kept));
}

BOOST_AUTO_TEST_CASE(the_oldest_goes) {
  ClientSessions sessions(2);
  for (const char* place : {"a", "b", "c"})
    sessions.keep(place, session());
  BOOST_TEST((sessions.take("a") == nullptr));
  BOOST_TEST((sessions.take("b") != nullptr));
  BOOST_TEST((sessions.take("c") != nullptr));
}

BOOST_AUTO_TEST_CASE(places) {
  const auto place = [](Policy policy, const std::string& target) {
    return place_of_session({.policy = policy}, target);
  };
  BOOST_TEST(place(Policy::may, "a[::1]:25") != place(Policy::verify, "a[::1]:25"));
  BOOST_TEST(place(Policy::encrypt, "a[::1]:25") == place(Policy::verify, "a[::1]:25"));
  BOOST_TEST(place(Policy::verify, "a[::1]:25") != place(Policy::verify, "b[::1]:25"));
}

BOOST_AUTO_TEST_SUITE_END()
