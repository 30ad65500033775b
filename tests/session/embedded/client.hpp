// A client that is told what to say, byte by byte, over a real socket; every call runs the world
// until it is done. What the server does wrong is text: "(closed)", "(reset)", "(late)".
#pragma once

#include "fakes/net/stream.hpp"
#include "fakes/tls/engine.hpp"
#include "world.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace smtprig::embedded::test {

class Client {
 public:
  // Connects; `greeting` is not read yet. `where`: index into Server::locals().
  Client(World& world, std::size_t where);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Written as they are, in as many segments as there are bytes if `byte_by_byte`.
  void send(std::string bytes);
  bool byte_by_byte = false;
  // The next reply, its lines joined by "|".
  std::string reply();
  // Sends the line and gives the reply.
  std::string ask(const std::string& line);
  // The code of the reply to the line: "250".
  std::string code(const std::string& line) { return ask(line).substr(0, 3); }
  // All that comes until the server closes.
  std::string rest();

  // Shakes hands; empty: well, else why not. Without settings: as a modern client.
  std::string shake_hands();
  std::string shake_hands(fakes::tls::Settings settings);
  // Greeting, EHLO, STARTTLS, handshake and EHLO inside.
  std::string start_tls(const fakes::tls::Settings& settings);
  static fakes::tls::Settings modern();
  fakes::tls::Settings showing(fakes::CertificateClass what);  // as a client's
  fakes::tls::Settings showing_a_servers();

  // MAIL to the final dot; the last reply, or the first that refuses.
  std::string send_message(const std::string& content = "Subject: x\r\n\r\nbody\r\n");
  void close(fakes::CloseHow how = fakes::CloseHow::fin);

  const fakes::tls::Engine& engine() const { return stream_->engine(); }

 private:
  World& world_;
  std::unique_ptr<fakes::net::Stream> stream_;
};

}  // namespace smtprig::embedded::test
