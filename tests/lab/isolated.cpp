// A lab in namespaces: the network that server and fakes see, and that its death leaves no process,
// no mount and no namespace.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "bodies.hpp"
#include "processes.hpp"

using namespace smtprig;
using namespace smtprig::tests;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(ends_are_told) {
  const std::pair<const char*, const char*> rows[] = {
      {"exit 3", "exit 3"}, {"abort", "signal 6 (Aborted)"}, {"throw", "exit 70"}};
  for (const auto& [request, end] : rows) {
    BOOST_TEST_CONTEXT(request) {
      lab::LabProcess process(lab::Mode::isolated);
      ask(process, request);
      BOOST_TEST(process.end() == end);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_killed_rig_leaves_nothing) {
  Rig rig(lab::Mode::isolated, "isolated-kill");
  BOOST_TEST_REQUIRE(rig.ready().starts_with("stray "));
  const auto processes = marked_processes("isolated-kill");
  BOOST_TEST(processes.size() >= 6);  // rig, outer, pid 1, lab, stand-in, its stray
  BOOST_TEST(!std::filesystem::exists(rig.scratch() + "/file"));  // only the lab sees its tmpfs
  rig.kill();
  BOOST_TEST(all_end(processes, 10s));
  BOOST_TEST(marked_processes("isolated-kill").empty());
  const Marked& host = processes.front();  // the rig itself, the oldest
  std::size_t inside = 0;
  const auto in_use = namespaces_in_use();
  for (const Marked& process : processes) {
    if (process.network == host.network) continue;
    ++inside;
    BOOST_TEST_CONTEXT(process.pid) {
      BOOST_TEST(!in_use.contains(process.network));
      // All but the outer one, which keeps the host's view in order to remove the scratch
      // directory.
      if (process.mounts != host.mounts) BOOST_TEST(!in_use.contains(process.mounts));
    }
  }
  BOOST_TEST(inside >= 5);  // outer, pid 1, lab, stand-in, stray
  BOOST_TEST(leftover_mounts().empty());
  BOOST_TEST(!std::filesystem::exists(rig.scratch()));
}

BOOST_AUTO_TEST_CASE(the_server_reaches_fakes_and_nothing_else) {
  // A listener of the host on every address, which the server must not find.
  boost::asio::io_context io(1);
  const boost::asio::ip::tcp::acceptor host(io, {boost::asio::ip::tcp::v6(), 0});
  const std::string host_port = std::to_string(host.local_endpoint().port());

  lab::LabProcess process(lab::Mode::isolated);
  const std::string v4 = ask(process, "bind 4"), v6 = ask(process, "bind 6");
  const std::string no_v4 = ask(process, "unbound 4"), no_v6 = ask(process, "unbound 6");
  BOOST_TEST(v4.starts_with("198.18."));
  BOOST_TEST(v6.starts_with("fd00:5a:"));
  const std::pair<std::string, const char*> rows[] = {
      {v4 + " 25", "open"},
      {v6 + " 25", "open"},
      {no_v4 + " 25", "Connection refused"},
      {no_v6 + " 25", "Connection refused"},
      {v4 + " 26", "Connection refused"},
      {"127.0.0.1 " + host_port, "Connection refused"},
      {"198.51.100.1 " + host_port, "Connection refused"},
      {"192.0.2.1 25", "No route to host"},
      {"2001:db8::1 25", "No route to host"},
  };
  for (const auto& [target, expected] : rows) {
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(ask(process, "connect " + target) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_lab_reaches_a_server_on_every_address) {
  lab::LabProcess process(lab::Mode::isolated);
  BOOST_TEST(ask(process, "listen") == "220 here\r\n");
}

BOOST_AUTO_TEST_CASE(two_labs_at_once) {
  lab::LabProcess one(lab::Mode::isolated), two(lab::Mode::isolated);
  BOOST_TEST(ask(one, "listen") == "220 here\r\n");
  BOOST_TEST(ask(two, "listen") == "220 here\r\n");
}
