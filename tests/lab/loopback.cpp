// A lab without privilege: how it ends, what it tells, and that its death takes everything along.
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "bodies.hpp"
#include "harness/lab/child.hpp"
#include "harness/lab/network.hpp"
#include "harness/lab/scratch.hpp"
#include "processes.hpp"

using namespace smtprig;
using namespace smtprig::tests;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(ends_are_told) {
  struct Row {
    const char* request;
    const char* answer;
    const char* end;
  };
  const Row rows[] = {
      {"ping", "pong", "exit 0"},
      {"exit 3", "gone", "exit 3"},
      {"abort", "gone", "signal 6 (Aborted)"},
      {"throw", R"({"error":{"step":"do as asked","detail":"told to fail"}})", "exit 70"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.request) {
      lab::LabProcess process(lab::Mode::loopback);
      BOOST_TEST(ask(process, row.request) == row.answer);
      if (std::string(row.request) == "ping") process.kill();
      const std::string end = process.end();
      BOOST_TEST(end == (std::string(row.request) == "ping" ? "signal 9 (Killed)" : row.end));
      BOOST_TEST(process.end() == end);
    }
  }
}

BOOST_AUTO_TEST_CASE(closing_the_channel_ends_the_lab) {
  std::string scratch;
  const auto start = std::chrono::steady_clock::now();
  {
    lab::LabProcess process(lab::Mode::loopback);
    scratch = ask(process, "scratch");
    BOOST_TEST(std::filesystem::exists(scratch + "/file"));
  }
  BOOST_TEST(!std::filesystem::exists(scratch));
  BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
}

BOOST_AUTO_TEST_CASE(a_killed_rig_leaves_no_process) {
  Rig rig(lab::Mode::loopback, "loopback-kill");
  BOOST_TEST_REQUIRE(rig.ready().starts_with("stray "));
  const auto processes = marked_processes("loopback-kill");
  BOOST_TEST(processes.size() >= 5);  // rig, init, lab, stand-in, its stray
  BOOST_TEST(std::filesystem::exists(rig.scratch() + "/file"));
  rig.kill();
  BOOST_TEST(all_end(processes, 10s));
  BOOST_TEST(marked_processes("loopback-kill").empty());
  BOOST_TEST(!std::filesystem::exists(rig.scratch()));
}

BOOST_AUTO_TEST_CASE(init_outlives_a_term_that_was_meant_for_the_rig) {
  Rig rig(lab::Mode::loopback, "loopback-term");
  const auto processes = marked_processes("loopback-term");
  BOOST_TEST_REQUIRE(processes.size() >= 5);
  for (const Marked& process : processes)
    ::kill(process.pid, SIGTERM);
  rig.kill();
  BOOST_TEST(all_end(processes, 10s));
  BOOST_TEST(!std::filesystem::exists(rig.scratch()));
}

BOOST_AUTO_TEST_CASE(what_a_killed_init_left_is_removed_by_the_next) {
  namespace fs = std::filesystem;
  const lab::Scratch outer(fs::temp_directory_path());
  const fs::path& parent = outer.path();
  fs::create_directories(parent / "elsewhere");
  fs::create_directory_symlink(parent / "elsewhere", parent / "smtprig-lab-link");
  fs::create_directories(parent / "smtprig-lab-dead" / "server");
  std::ofstream(parent / "smtprig-lab-dead" / "server" / "file") << "x";
  const lab::Scratch alive(parent);
  BOOST_TEST(!fs::exists(parent / "smtprig-lab-dead"));
  const lab::Scratch another(parent);
  BOOST_TEST(fs::exists(alive.path()));
  BOOST_TEST(alive.path() != another.path());
  BOOST_TEST(fs::exists(parent / "elsewhere"));
  outer.remove();
  BOOST_TEST(!fs::exists(parent));
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_cannot_pass_through_is_named) {
  namespace fs = std::filesystem;
  const lab::Scratch outer(fs::temp_directory_path());
  const fs::path closed = outer.path() / "closed", inner = closed / "inner";
  fs::create_directories(inner);
  BOOST_CHECK_NO_THROW(lab::require_passable(inner));
  fs::permissions(closed, fs::perms::owner_all);
  BOOST_CHECK_EXCEPTION(lab::require_passable(inner), lab::LabError, [&](const auto& error) {
    return error.detail.find(closed.string() + " is closed") != std::string::npos;
  });
  outer.remove();
}

BOOST_AUTO_TEST_CASE(loopback_addresses_refuse_until_bound) {
  lab::LabProcess process(lab::Mode::loopback);
  const std::string port = ask(process, "port");
  const std::string bound = ask(process, "bind 4"), unbound = ask(process, "unbound 4");
  BOOST_TEST(bound != unbound);
  BOOST_TEST(ask(process, "connect " + bound + " " + port) == "open");
  BOOST_TEST(ask(process, "connect " + unbound + " " + port) == "Connection refused");
}

BOOST_AUTO_TEST_CASE(ports_of_two_labs_differ) {
  const lab::Network one(lab::Mode::loopback), two(lab::Mode::loopback);
  const std::set<int> ports = {one.smtp_port(), one.dns_port(), one.server_port(),
                               two.smtp_port(), two.dns_port(), two.server_port()};
  BOOST_TEST(ports.size() == 6);
}

BOOST_AUTO_TEST_CASE(children) {
  struct Row {
    const char* name;
    std::vector<std::string> argv;
    const char* input;
    const char* output;
    int status;  // as from waitpid
  };
  const Row rows[] = {
      {"output and error are one", {"sh", "-c", "echo out; echo err >&2"}, "", "out\nerr\n", 0},
      {"input", {"cat"}, "a\nb", "a\nb\n", 0},
      {"no input", {"cat"}, "", "", 0},
      {"exit status", {"sh", "-c", "exit 7"}, "", "", 7 << 8},
      {"signal", {"sh", "-c", "kill -SEGV $$"}, "", "", SIGSEGV},
      {"a daemon that holds the pipe", {"sh", "-c", "sleep 600 & echo x"}, "", "x\n", 0},
      {"environment", {"sh", "-c", "echo $LANG$HOME"}, "", "C\n", 0},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      lab::ChildSettings settings;
      settings.argv = row.argv;
      settings.input = row.input;
      const lab::Completed done = lab::run_child_now(settings, 20s, {});
      BOOST_TEST(!done.timed_out);
      BOOST_TEST(done.status == row.status);
      BOOST_TEST(done.output == row.output);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_end_is_killed) {
  lab::ChildSettings settings;
  settings.argv = {"sh", "-c", "trap '' TERM; echo up; sleep 600; sleep 600"};
  const lab::Completed done = lab::run_child_now(settings, 100ms, {});
  BOOST_TEST(done.timed_out);
  BOOST_TEST(done.status == SIGKILL);
}

// Asio keeps what it knows of a closed descriptor for the next one, and may hand an event of the
// old to the new: here each child starts while the pipe and the pidfd of the one before it are
// closed.
BOOST_AUTO_TEST_CASE(a_child_is_not_taken_for_ended_because_another_is) {
  boost::asio::io_context io(1);
  std::unique_ptr<lab::Child> first, second;
  std::vector<int> ends;
  std::function<void()> next = [&] {
    if (ends.size() == 200) return;
    lab::ChildSettings shortly, longer;
    shortly.argv = {"sh", "-c", "yes & sleep 0.005"};
    longer.argv = {"sh", "-c", "sleep 0.005; exit 7"};
    first = std::make_unique<lab::Child>(io, shortly, nullptr, [&, longer](int) {
      second = std::make_unique<lab::Child>(io, longer, nullptr, [&](int status) {
        ends.push_back(status);
        boost::asio::post(io, next);
      });
    });
  };
  next();
  io.run();
  BOOST_TEST(ends == std::vector<int>(200, 7 << 8), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_lines_are_cut) {
  lab::ChildSettings settings;
  settings.argv = {"sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo; echo next"};
  settings.line_bytes_max = 100;
  const lab::Completed done = lab::run_child_now(settings, 20s, {});
  BOOST_TEST(done.output == std::string(100, 'x') + "\nnext\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_told) {
  const std::pair<std::vector<std::string>, const char*> rows[] = {
      {{"no-such-program"}, "not found"},
      {{"/no/such/program"}, "No such file"},
      {{"/etc/passwd"}, "Permission denied"},
  };
  for (const auto& [argv, expected] : rows) {
    BOOST_TEST_CONTEXT(argv[0]) {
      lab::ChildSettings settings;
      settings.argv = argv;
      try {
        lab::run_child_now(settings, 1s, {});
        BOOST_ERROR("was run");
      } catch (const lab::LabError& error) {
        BOOST_TEST(error.detail.find(expected) != std::string::npos);
      }
    }
  }
}
