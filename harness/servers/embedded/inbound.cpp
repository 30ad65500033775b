// See inbound.hpp.
#include "harness/servers/embedded/inbound.hpp"

#include "fakes/net/stream.hpp"

#include <utility>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
using fakes::net::IoStatus;
using fakes::net::ReadResult;
using fakes::net::Stream;

constexpr std::size_t command_line_bytes_max = 4'096;  // RFC 5321 4.5.3.1.4 and all extensions
constexpr std::chrono::seconds turned_away_deadline{5};

asio::awaitable<ReadResult> read_content(Stream& stream, InboundSession& session,
                                         std::chrono::milliseconds silence, InboundOutput& output) {
  ReadResult block = co_await stream.read_some(silence);
  if (block.status == IoStatus::ok) {
    std::size_t used = 0;
    output = session.content(block.bytes, used);
    stream.unread(std::string_view(block.bytes).substr(used));
  }
  co_return block;
}

}  // namespace

asio::awaitable<void> serve_client(asio::ip::tcp::socket socket, InboundSession session,
                                   std::chrono::milliseconds silence, Accept accept) {
  Stream stream(std::move(socket), fakes::net::Tap{});
  // Replies to a pipelined group are written together (RFC 2920 3.2).
  std::string unsent = session.greeting().bytes;
  for (bool close = false; !close;) {
    if (stream.buffered() == 0 && !unsent.empty()) {
      const IoStatus sent = co_await stream.write(std::exchange(unsent, {}), silence);
      if (sent != IoStatus::ok) co_return;
    }
    InboundOutput output;
    if (session.reading_content()) {
      const ReadResult block = co_await read_content(stream, session, silence, output);
      if (block.status != IoStatus::ok) co_return;
    } else {
      const ReadResult line = co_await stream.read_line(command_line_bytes_max, silence);
      if (line.status == IoStatus::too_long || line.status == IoStatus::timed_out) {
        unsent += line.status == IoStatus::too_long ? "500 5.5.6 line too long\r\n"
                                                    : "421 4.4.2 time-out\r\n";
        break;
      }
      if (line.status != IoStatus::ok) co_return;
      output = session.line(line.bytes, line.bare_lf);
    }
    if (output.message) {
      const std::string id = accept(std::move(*output.message));
      output = session.queued(id);
    }
    unsent += output.bytes;
    close = output.close;
  }
  co_await stream.write(std::move(unsent), silence);
  co_await stream.close(fakes::CloseHow::fin);
}

asio::awaitable<void> turn_away(asio::ip::tcp::socket socket, std::string hostname) {
  Stream stream(std::move(socket), fakes::net::Tap{});
  co_await stream.write("421 " + hostname + " too many connections\r\n", turned_away_deadline);
  co_await stream.close(fakes::CloseHow::fin);
}

}  // namespace smtprig::embedded
