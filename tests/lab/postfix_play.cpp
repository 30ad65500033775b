// The receiver and the injector of the tests with a real Postfix: thirty lines of coroutine each,
// since recipients are address literals (RFC 5321 4.1.3) and no DNS is needed.
#include "postfix_play.hpp"

namespace smtprig::tests {

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

}  // namespace smtprig::tests
