// A datagram is at most 16 KiB here; the rest of a longer one is lost.
#include "harness/servers/syslog.hpp"

#include <array>

#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

namespace smtprig::servers {
namespace asio = boost::asio;
using Protocol = asio::local::datagram_protocol;

struct Syslog::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, OnLine line) : socket(io), on_line(std::move(line)) {}

  Protocol::socket socket;
  OnLine on_line;
  std::array<char, 16'384> buffer{};

  void receive() {
    socket.async_receive(
        asio::buffer(buffer),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (error || !self->on_line) return;
          const OnLine callback = self->on_line;
          callback(without_priority({self->buffer.data(), size}));
          if (self->socket.is_open()) self->receive();
        });
  }
};

std::string without_priority(const std::string& datagram) {
  std::size_t start = 0;
  const std::size_t close = datagram.find('>');
  if (datagram.starts_with('<') && close <= 4) start = close + 1;
  std::size_t end = datagram.size();
  while (end > start && (datagram[end - 1] == '\n' || datagram[end - 1] == '\0'))
    --end;
  std::string line = datagram.substr(start, end - start);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

Syslog::Syslog(asio::io_context& io, const std::string& path, OnLine on_line)
    : impl_(std::make_shared<Impl>(io, std::move(on_line))) {
  ::unlink(path.c_str());
  boost::system::error_code error;
  impl_->socket.open(Protocol(), error);
  if (!error) impl_->socket.bind(Protocol::endpoint(path), error);
  if (error) throw lab::LabError("bind " + path, error.message());
  ::chmod(path.c_str(), 0666);
  impl_->receive();
}

Syslog::~Syslog() {
  impl_->on_line = nullptr;
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
}

}  // namespace smtprig::servers
