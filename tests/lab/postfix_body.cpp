// The world of this test is as small as can be: recipients are address literals (RFC 5321 4.1.3),
// so no DNS is needed, and the receiver is thirty lines of coroutine.
#include "postfix_body.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "harness/servers/instance.hpp"

namespace smtprig::tests {
namespace asio = boost::asio;
using asio::ip::tcp;
using fakes::ServerFact;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

using Text = asio::awaitable<std::string>;

struct Line {
  explicit Line(tcp::socket s) : socket(std::move(s)) {}
  tcp::socket socket;
  std::string buffer;

  Text read() {
    const std::size_t size = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer),
                                                             "\r\n", asio::use_awaitable);
    std::string line = buffer.substr(0, size - 2);
    buffer.erase(0, size);
    co_return line;
  }
  asio::awaitable<void> write(std::string text) {
    text += "\r\n";
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  }
  // A command and the last line of its reply.
  Text ask(std::string command) {
    if (!command.empty()) co_await write(std::move(command));
    std::string line;
    do {
      line = co_await read();
    } while (line.size() > 3 && line[3] == '-');
    co_return line;
  }
};

// Takes one message without TLS; its content is in `content` when the final dot is answered.
asio::awaitable<void> receive(tcp::acceptor& acceptor, std::string& content) {
  Line peer(co_await acceptor.async_accept(asio::use_awaitable));
  co_await peer.write("220 mx.test ESMTP");
  for (;;) {
    const std::string command = co_await peer.read();
    if (command.starts_with("QUIT")) break;
    if (!command.starts_with("DATA")) {
      co_await peer.write("250 ok");
      continue;
    }
    co_await peer.write("354 go");
    for (std::string line = co_await peer.read(); line != "."; line = co_await peer.read()) {
      content += line + '\n';
    }
    // Text that would pose as a status line, if patterns looked into it.
    co_await peer.write("250 2.0.0 taken) status=bounced (550 5.1.1 no");
  }
  co_await peer.write("221 bye");
}

Text inject(asio::io_context& io, tcp::endpoint server, std::string recipient) {
  tcp::socket socket(io);
  co_await socket.async_connect(server, asio::use_awaitable);
  Line peer(std::move(socket));
  for (const char* command : {"", "EHLO injector.test", "MAIL FROM:<sender@sender.test>"}) {
    co_await peer.ask(command);
  }
  co_await peer.ask("RCPT TO:<" + recipient + ">");
  co_await peer.ask("DATA");
  std::string reply = co_await peer.ask("Subject: x\r\n\r\ntoken-1234\r\n.");
  co_await peer.ask("QUIT");
  co_return reply;
}

// Facts as they come, and a way to wait for the next.
struct Watch {
  explicit Watch(asio::io_context& io) : changed(io) {}
  asio::steady_timer changed;
  std::vector<ServerFact> facts;
  std::string death;

  void add(const std::vector<ServerFact>& more) {
    facts.insert(facts.end(), more.begin(), more.end());
    changed.cancel();
  }
  const ServerFact* find(ServerFact::Kind kind, const std::string& text) const {
    for (const ServerFact& fact : facts) {
      if (fact.kind == kind && (fact.recipient == text || fact.queue_id == text)) return &fact;
    }
    return nullptr;
  }
  asio::awaitable<ServerFact> wait(ServerFact::Kind kind, std::string text) {
    const auto end = steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      if (const ServerFact* fact = find(kind, text)) co_return *fact;
      if (steady_clock::now() > end) throw lab::LabError("wait for a fact", text);
      changed.expires_at(end);
      co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
};

std::string took(steady_clock::time_point since) {
  return std::to_string((steady_clock::now() - since) / milliseconds(1));
}

// Of the first process with that name; by number, "none" where there is no such process.
std::string user_of(const std::string& program) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string name;
    std::ifstream(entry.path() / "comm") >> name;
    struct stat status {};
    if (name == program && ::stat(entry.path().c_str(), &status) == 0)
      return std::to_string(status.st_uid);
  }
  return "none";
}

struct Play {
  asio::io_context io{1};
  lab::Network network{lab::Mode::isolated};
  Watch watch{io};
  Findings findings;
  servers::InstanceSettings settings;
  std::unique_ptr<servers::Instance> instance;

  Play(const model::ServerDescription& description, const servers::Installed& installed) {
    settings.description = description;
    settings.root = installed.root;
    settings.directory = lab::scratch_directory() / "postfix";
  }
  void make_instance() {
    instance = std::make_unique<servers::Instance>(
        io, network, settings,
        [this](const std::string& line, const std::vector<ServerFact>& facts) {
          findings["log"] += line + '\n';
          watch.add(facts);
        },
        [this](const std::string& detail) {
          watch.death = detail;
          watch.changed.cancel();
        });
  }
  asio::awaitable<void> deliver();
  asio::awaitable<void> die();

  Findings run(asio::awaitable<void> act) {
    asio::co_spawn(io, std::move(act), [this](std::exception_ptr failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        findings["error"] = error.what();
      }
      io.stop();
    });
    io.run();
    return findings;
  }
};

asio::awaitable<void> Play::deliver() {
  const auto good = network.next_v4().to_string(), dead = network.next_v4().to_string();
  const std::string to_good = "rcpt@[" + good + "]", to_dead = "rcpt@[" + dead + "]";
  settings.domains = {{"[" + good + "]", model::Policy::may, {}}};
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::make_address(good), 25));
  make_instance();

  auto since = steady_clock::now();
  co_await instance->start();
  findings["start ms"] = took(since);
  findings["alive"] = model::name(co_await instance->probe());

  findings["user of qmgr"] = user_of("qmgr");

  since = steady_clock::now();
  std::string content;
  asio::co_spawn(io, receive(acceptor, content), [this](std::exception_ptr failure) {
    if (failure) findings["receiver"] = "failed";
  });
  const std::string reply = co_await inject(io, instance->smtp(), to_good);
  findings["reply"] = reply;
  const ServerFact delivered = co_await watch.wait(ServerFact::Kind::delivered, to_good);
  findings["deliver ms"] = took(since);
  findings["delivered"] = delivered.relay + " " + delivered.status + " " + delivered.detail;
  findings["expected relay"] = good + "[" + good + "]:25";
  findings["same id"] = reply.ends_with("queued as " + delivered.queue_id) ? "yes" : "no";
  co_await watch.wait(ServerFact::Kind::removed, delivered.queue_id);
  findings["content"] = content;

  co_await inject(io, instance->smtp(), to_dead);
  const ServerFact deferred = co_await watch.wait(ServerFact::Kind::deferred, to_dead);
  findings["deferred"] = deferred.status + " " + deferred.detail;
  co_await instance->flush();
  since = steady_clock::now();
  std::vector<std::string> ids = {deferred.queue_id, "4ZZZZZZZZZzzzz"};
  co_await instance->remove(std::move(ids));
  findings["remove ms"] = took(since);
  co_await watch.wait(ServerFact::Kind::removed, deferred.queue_id);

  since = steady_clock::now();
  findings["went by itself"] = co_await instance->stop() ? "yes" : "no";
  findings["stop ms"] = took(since);
  findings["left"] = std::filesystem::exists(settings.directory) ? "yes" : "no";

  // Again, in the same lab: nothing of the first stands in the way.
  since = steady_clock::now();
  make_instance();
  co_await instance->start();
  findings["second start ms"] = took(since);
  co_await instance->stop();
}

asio::awaitable<void> Play::die() {
  make_instance();
  co_await instance->start();
  std::ifstream file(settings.directory / "spool/pid/master.pid");
  pid_t master = 0;
  file >> master;
  const auto since = steady_clock::now();
  ::kill(master, SIGKILL);
  while (watch.death.empty()) {
    watch.changed.expires_after(std::chrono::seconds(10));
    co_await watch.changed.async_wait(asio::as_tuple(asio::use_awaitable));
    if (since + std::chrono::seconds(10) < steady_clock::now()) break;
  }
  findings["death"] = watch.death;
  findings["death ms"] = took(since);
  findings["health"] = model::name(co_await instance->probe());
  instance = nullptr;
  make_instance();
  co_await instance->start();
  findings["fresh"] = model::name(co_await instance->probe());
  // A template that does not render, and a server that does not start, are errors of the rig.
  instance = nullptr;
  settings.description.start.push_back("--no-such-option");
  make_instance();
  try {
    co_await instance->start();
  } catch (const lab::LabError& error) {
    findings["bad start"] = error.what();
  }
}

}  // namespace

Findings play_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed, lab::Ids ids) {
  Play play(description, installed);
  play.settings.ids = ids;
  play.settings.shim = SMTPRIG_ID_SHIM;
  return play.run(play.deliver());
}

Findings kill_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed) {
  Play play(description, installed);
  return play.run(play.die());
}

}  // namespace smtprig::tests
