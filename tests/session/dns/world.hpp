// A DNS server on loopback with a small table, in a thread of its own, for clients that block.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "fakes/dns/server.hpp"

namespace smtprig::fakes::dns {

class World {
 public:
  static constexpr std::chrono::milliseconds late{300};

  explicit World(Limits limits = Limits()) {
    table_.add_zone("test", true);
    table_.add({.name = "a.test", .type = "MX", .data = "10 mx1.a.test.", .secure = true});
    table_.add({.name = "a.test", .type = "TXT", .data = "\"v=x; \\\"q\\\"\""});
    table_.add({.name = "mx1.a.test", .type = "A", .data = "127.0.0.2", .secure = true});
    table_.add({.name = "mx1.a.test", .type = "AAAA", .data = "fd00::2"});
    table_.add({.name = "alias.a.test", .type = "CNAME", .data = "mx1.a.test.", .secure = true});
    table_.add({.name = "2.0.0.127.in-addr.arpa", .type = "PTR", .data = "mx1.a.test."});
    table_.add(Fault{"broken.test", "*", DnsReply::servfail, {}});
    table_.add(Fault{"lost.test", "A", DnsReply::none, {1, 1}});
    table_.add(Fault{"silent.test", "A", DnsReply::none, {}});
    table_.add(Fault{"cut.test", "A", DnsReply::truncated, {}});
    table_.add(Fault{"forged.test", "A", DnsReply::wrong_id, {}});
    table_.add(Fault{"garbage.test", "A", DnsReply::garbage, {}});
    table_.add(Fault{"late.test", "A", DnsReply::honest, {}, late});
    table_.add(Fault{"later.test", "A", DnsReply::honest, {}, late + std::chrono::seconds(1)});
    for (const char* name : {"lost.test", "silent.test", "cut.test", "forged.test", "garbage.test",
                             "late.test", "later.test", "prompt.test"})
      table_.add({.name = name, .type = "A", .data = "127.0.0.4"});
    for (int i = 0; i < 200; ++i) {
      table_.add({.name = "huge.test", .type = "A", .data = "127.0.3." + std::to_string(i)});
    }
    server_ = std::make_unique<Server>(
        io_, boost::asio::ip::udp::endpoint(boost::asio::ip::address_v4::loopback(), 0), table_,
        [this](const DnsQuery& query) {
          const std::lock_guard lock(mutex_);
          queries_.push_back(query);
        },
        limits);
    port_ = server_->local().port();
    thread_ = std::thread([this] { io_.run(); });
  }

  // The loops end when the server goes, so that the thread runs out of work: a leak would hang
  // here.
  ~World() {
    stop();
    thread_.join();
  }

  void stop() {
    boost::asio::post(io_, [this] { server_.reset(); });
  }

  std::uint16_t port() const { return port_; }

  std::size_t queries() {
    const std::lock_guard lock(mutex_);
    return queries_.size();
  }

  std::vector<DnsQuery> take_queries() {
    const std::lock_guard lock(mutex_);
    return std::exchange(queries_, {});
  }

 private:
  boost::asio::io_context io_{1};
  Table table_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<DnsQuery> queries_;
  std::thread thread_;
};

}  // namespace smtprig::fakes::dns
