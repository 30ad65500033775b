// What the tests with a real Postfix share: one instance in a lab, its facts as they come, and a
// line-wise peer. An act is a coroutine on a Play; what it finds is looked at outside of the lab.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "harness/servers/instance.hpp"
#include "postfix_body.hpp"

namespace smtprig::tests {
namespace asio = boost::asio;
using asio::ip::tcp;
using fakes::ServerFact;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

// Takes one message without TLS; its content is in `content` when the final dot is answered.
asio::awaitable<void> receive(tcp::acceptor& acceptor, std::string& content);

// Brings one message; the reply to its content.
Text inject(asio::io_context& io, tcp::endpoint server, std::string recipient);

}  // namespace smtprig::tests
