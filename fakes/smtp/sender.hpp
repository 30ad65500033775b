// A sending peer: brings messages to a server. Here it injects: one connection, any number of
// messages, PIPELINING where offered. Misbehaviour of the server is data in the result.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace smtprig::fakes::smtp {

struct Envelope {
  std::string mail_from;  // "a@b", empty: <>
  std::vector<std::string> recipients;
  std::string content;  // with CRLF line ends, not dot-stuffed
};

struct Submission {
  enum class Status {
    accepted,      // by all recipients: if one is refused, the message is not sent at all
    refused,       // a 4yz or 5yz reply; `reply` holds it
    disconnected,  // the connection broke or timed out
    not_tried,     // an earlier message of the connection ended it
  };
  Status status = Status::not_tried;
  int code = 0;
  std::string reply;  // all lines joined by "\n", without codes of earlier stages
};

struct SenderSettings {
  std::string helo = "injector.test";
  std::chrono::milliseconds deadline{30'000};  // per reply
};

// Delivers `envelopes` in order over one connection to `server`, in clear. One result per envelope.
// If no connection came about, the first is `disconnected` with the reply "connect: ...".
boost::asio::awaitable<std::vector<Submission>> send_mail(boost::asio::ip::tcp::endpoint server,
                                                          std::vector<Envelope> envelopes,
                                                          SenderSettings settings);

}  // namespace smtprig::fakes::smtp
