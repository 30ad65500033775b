// Requests to the body: "ping", "exit N", "abort", "throw", "spawn" (a child with a daemon of its
// own that ignores signals), "scratch" (writes a file there), "connect A PORT" (from the server's
// network), "listen" (a server on 0.0.0.0:25 there, reached from here), "refused" (an unbound
// address).
#include "bodies.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <sys/types.h>
#include <unistd.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "harness/lab/channel.hpp"
#include "harness/lab/child.hpp"
#include "harness/lab/network.hpp"

namespace smtprig::tests {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

lab::Mode mode_named(const std::string& name) {
  return name == "isolated" ? lab::Mode::isolated : lab::Mode::loopback;
}

// "open" or the reason why not. A second SYN leaves after a second: an answer that always takes so
// long is not an answer to the first, and is told as "late". On a busy machine one may.
std::string try_connect(const std::string& address, std::uint16_t port) {
  constexpr unsigned tries = 5;
  std::string told;
  for (unsigned i = 0; i < tries; ++i) {
    asio::io_context io(1);
    tcp::socket socket(io);
    boost::system::error_code error;
    const auto start = std::chrono::steady_clock::now();
    socket.connect({asio::ip::make_address(address), port}, error);
    told = error ? error.message() : "open";
    if (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(950)) return told;
  }
  return "late: " + told;
}

// A process that has left its session and ignores what can be ignored, as a stray daemon would.
int become_stray() {
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      std::cout << "stray " << ::getpid() << std::endl;
      for (;;)
        ::pause();
    }
    ::_exit(0);
  }
  for (;;)
    ::pause();
}

// Serves one connection on port 25 of every address.
int serve_one() {
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(tcp::v4(), 25));
  std::cout << "listening" << std::endl;
  tcp::socket socket = acceptor.accept();
  asio::write(socket, asio::buffer(std::string("220 here\r\n")));
  return 0;
}

// State of one body: the network is made on demand, since not every test needs one.
struct Body {
  explicit Body(lab::Mode m) : mode(m) {}

  lab::Mode mode;
  asio::io_context io{1};
  std::unique_ptr<lab::Network> network_;
  std::unique_ptr<lab::Child> child;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;

  lab::Network& network() {
    if (!network_) network_ = std::make_unique<lab::Network>(mode);
    return *network_;
  }

  lab::ChildSettings stand_in(std::vector<std::string> arguments) {
    lab::ChildSettings settings;
    settings.argv = {"/proc/self/exe"};
    settings.argv.insert(settings.argv.end(), arguments.begin(), arguments.end());
    settings.network = &network();
    if (const char* mark = std::getenv("SMTPRIG_TEST_MARK")) {
      settings.environment.push_back(std::string("SMTPRIG_TEST_MARK=") + mark);
    }
    return settings;
  }

  // Starts a stand-in and gives its first line.
  std::string start(const std::string& argument) {
    std::string first;
    child = std::make_unique<lab::Child>(
        io, stand_in({argument}),
        [&](const std::string& line) {
          if (first.empty()) first = line;
          io.stop();
        },
        [&](int status) {
          if (first.empty()) first = lab::describe_status(status);
          io.stop();
        });
    io.run();
    io.restart();
    return first;
  }

  std::string bind_address(const std::string& version) {
    const auto address = version == "6" ? network().next_v6() : network().next_v4();
    acceptors.push_back(
        std::make_unique<tcp::acceptor>(io, tcp::endpoint(address, network().smtp_port())));
    return address.to_string();
  }

  std::string from_server(const std::string& address, const std::string& port) {
    const lab::Completed done =
        lab::run_child_now(stand_in({"connect", address, port}), std::chrono::seconds(20), {});
    return done.timed_out ? "timed out" : done.output.substr(0, done.output.find('\n'));
  }

  std::string greeting_from_server() {
    if (const std::string line = start("serve"); line != "listening") return line;
    tcp::socket socket(io);
    socket.connect({network().server(), 25});
    asio::streambuf buffer;
    asio::read_until(socket, buffer, "\r\n");
    return {asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data())};
  }

  std::string answer(const std::string& request) {
    std::istringstream words(request);
    std::string verb, first, second;
    words >> verb >> first >> second;
    if (verb == "ping") return "pong";
    if (verb == "exit") std::_Exit(std::atoi(first.c_str()));
    if (verb == "abort") std::abort();
    if (verb == "throw") throw lab::LabError("do as asked", "told to fail");
    if (verb == "spawn") return start("stray");
    if (verb == "scratch") {
      std::ofstream(lab::scratch_directory() / "file") << "x";
      return lab::scratch_directory();
    }
    if (verb == "bind") return bind_address(first);
    if (verb == "unbound") {
      return (first == "6" ? network().next_v6() : network().next_v4()).to_string();
    }
    if (verb == "port") return std::to_string(network().smtp_port());
    if (verb == "connect") return from_server(first, second);
    if (verb == "listen") return greeting_from_server();
    return "unknown request";
  }
};

int body(lab::Mode mode, int channel) {
  Body state(mode);
  while (const auto request = lab::receive_frame(channel)) {
    if (!lab::send_frame(channel, state.answer(*request))) break;
  }
  return 0;
}

// A rig that holds a lab with strays and waits for its own death.
int be_rig(lab::Mode mode) {
  lab::LabProcess process(mode);
  const std::string stray = ask(process, "spawn");
  std::cout << stray << ' ' << ask(process, "scratch") << std::endl;
  for (;;)
    ::pause();
}

}  // namespace

std::string ask(const lab::LabProcess& process, const std::string& request) {
  lab::send_frame(process.channel(), request);
  return lab::receive_frame(process.channel()).value_or("gone");
}

std::string isolated_obstacle() {
  lab::LabProcess process(lab::Mode::isolated);
  const std::string answer = ask(process, "port");
  return answer == "25" ? "" : answer;
}

std::optional<int> run_as_asked(int argc, char** argv) {
  if (argc < 2) return std::nullopt;
  const std::string verb = argv[1];
  const std::string word = argc > 2 ? argv[2] : "";
  if (verb == "lab-init") {
    const lab::Mode mode = mode_named(word);
    return lab::init_main(mode, [mode](int channel) { return body(mode, channel); });
  }
  if (verb == "rig") return be_rig(mode_named(word));
  if (verb == "stray") return become_stray();
  if (verb == "serve") return serve_one();
  if (verb == "connect" && argc == 4) {
    std::cout << try_connect(word, static_cast<std::uint16_t>(std::atoi(argv[3]))) << std::endl;
    return 0;
  }
  return std::nullopt;
}

}  // namespace smtprig::tests
