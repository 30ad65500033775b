// Stream, Listener and with_deadline between two ends in one process.
#include "fakes/net/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "fakes/net/deadline.hpp"
#include "world.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::net;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(stream)

namespace {

// Two connected streams. `left` has a journal.
struct Pair {
  asio::io_context io{1};
  Journal journal;
  tls::Authority authority;
  std::unique_ptr<Stream> left;
  std::unique_ptr<Stream> right;

  Pair() {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    tcp::socket client(io);
    client.connect(acceptor.local_endpoint());
    tcp::socket server = acceptor.accept();
    left = std::make_unique<Stream>(std::move(server), Tap{&journal, "left", 1});
    right = std::make_unique<Stream>(std::move(client), Tap{});
  }

  template <class T>
  T run(asio::awaitable<T> task) {
    std::optional<T> value;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T result) {
      BOOST_REQUIRE(!error);
      value = std::move(result);
    });
    io.restart();
    io.run_for(20s);
    BOOST_REQUIRE(value.has_value());
    BOOST_TEST(io.stopped());
    return std::move(*value);
  }
  void close(Stream& stream, CloseHow how) {
    bool over = false;
    asio::co_spawn(io, stream.close(how), [&](std::exception_ptr error) { over = !error; });
    io.restart();
    while (!over)
      io.run_one_for(5s);
  }

  // Handshake on both ends at once; the results of left and right.
  std::vector<IoStatus> shake_hands() {
    tls::Settings server;
    server.identity = authority.issue(CertificateClass::good, {"mx.test", "test"});
    tls::Settings client;
    client.role = tls::Role::client;
    std::vector<IoStatus> results(2, IoStatus::cancelled);
    auto put = [&](std::size_t at) {
      return [&results, at](std::exception_ptr, IoStatus status) { results[at] = status; };
    };
    asio::co_spawn(io, left->handshake(std::make_shared<tls::Context>(server), 10s), put(0));
    asio::co_spawn(io, right->handshake(std::make_shared<tls::Context>(client), 10s), put(1));
    io.restart();
    io.run_for(20s);
    return results;
  }

  Strings ends() const {
    Strings all;
    for (const Event& event : journal.events())
      if (std::holds_alternative<Closed>(event.body))
        all.push_back(smtprig::fakes::text(event.body));
    return all;
  }
};

asio::awaitable<int> answer_after(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return error ? -1 : 42;
}

asio::awaitable<int> fail() {
  co_await answer_after(0ms);
  throw std::logic_error("mine");
}

asio::awaitable<int> nested(Timed<int>* inner) {
  *inner = co_await with_deadline(answer_after(10s), 10s);
  co_return 7;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deadline)

BOOST_AUTO_TEST_CASE(done_timed_out_cancelled_and_failed_are_told_apart) {
  Pair pair;
  Timed<int> done = pair.run(with_deadline(answer_after(1ms), 10s));
  BOOST_TEST((done.how == Waited::done));
  BOOST_TEST(done.value.value() == 42);

  Timed<int> late = pair.run(with_deadline(answer_after(10s), 5ms));
  BOOST_TEST((late.how == Waited::timed_out));
  BOOST_TEST(late.value.value() == -1);

  Timed<int> inner;
  Timed<int> outer = pair.run(with_deadline(nested(&inner), 5ms));
  BOOST_TEST((outer.how == Waited::timed_out));
  BOOST_TEST((inner.how == Waited::cancelled));

  std::exception_ptr failure;
  asio::co_spawn(pair.io, with_deadline(fail(), 10s),
                 [&](std::exception_ptr error, Timed<int>) { failure = error; });
  pair.io.restart();
  pair.io.run_for(20s);
  BOOST_CHECK_THROW(std::rethrow_exception(failure), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(lines_and_blocks) {
  Pair pair;
  pair.run(pair.right->write("one\r\ntwo\nthree\r\r\n\r\n\nrest", 1s));
  struct Row {
    std::string bytes;
    bool bare_lf;
  };
  for (const Row& row : std::vector<Row>{
           {"one", false}, {"two", true}, {"three\r", false}, {"", false}, {"", true}}) {
    ReadResult read = pair.run(pair.left->read_line(100, 1s));
    BOOST_TEST((read.status == IoStatus::ok));
    BOOST_TEST(read.bytes == row.bytes);
    BOOST_TEST(read.bare_lf == row.bare_lf);
  }
  BOOST_TEST(pair.left->buffered() == 4u);
  BOOST_TEST(pair.run(pair.left->read_some(1s)).bytes == "rest");
  pair.left->unread("back\r\nmore");
  BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "back");
  BOOST_TEST(pair.run(pair.left->read_some(1s)).bytes == "more");
}

BOOST_AUTO_TEST_CASE(a_line_has_a_limit) {
  struct Row {
    std::string sent;
    std::size_t bytes_max;
    IoStatus status;
  };
  for (const Row& row : std::vector<Row>{{"12345678\r\n", 10, IoStatus::ok},
                                         {"123456789\r\n", 10, IoStatus::too_long},
                                         {"1234567890", 10, IoStatus::too_long},
                                         {std::string(100'000, 'x'), 10, IoStatus::too_long}}) {
    Pair pair;
    pair.run(pair.right->write(row.sent, 1s));
    BOOST_TEST((pair.run(pair.left->read_line(row.bytes_max, 1s)).status == row.status));
  }
}

BOOST_AUTO_TEST_CASE(ends_are_told_apart) {
  {
    Pair pair;
    pair.run(pair.right->write("a\r\nb", 1s));
    pair.close(*pair.right, CloseHow::rst);
    BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "a");
    BOOST_TEST((pair.run(pair.left->read_line(100, 1s)).status == IoStatus::reset));
    BOOST_TEST(pair.ends() == Strings{"closed peer_rst"}, boost::test_tools::per_element());
    BOOST_TEST((pair.run(pair.left->write("x", 1s)) == IoStatus::reset));
  }
  {
    Pair pair;
    pair.run(pair.right->write("a\r\nb", 1s));
    pair.right->socket().close();
    BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "a");
    ReadResult rest = pair.run(pair.left->read_line(100, 1s));
    BOOST_TEST((rest.status == IoStatus::eof));
    BOOST_TEST(rest.bytes == "b");
    pair.close(*pair.left, CloseHow::fin);
    BOOST_TEST(pair.ends() == Strings{"closed peer_fin"}, boost::test_tools::per_element());
  }
  {
    Pair pair;
    BOOST_TEST((pair.run(pair.left->read_line(100, 5ms)).status == IoStatus::timed_out));
    BOOST_TEST((pair.run(pair.left->read_line(100, 1s)).status == IoStatus::timed_out));
    BOOST_TEST((pair.run(pair.left->write("x", 1s)) == IoStatus::timed_out));
    pair.close(*pair.left, CloseHow::fin);
    BOOST_TEST(pair.ends() == Strings{"closed timed_out"}, boost::test_tools::per_element());
  }
  {
    Pair pair;
    asio::post(pair.io, [&] { pair.left->cancel(); });
    BOOST_TEST((pair.run(pair.left->read_line(100, 10s)).status == IoStatus::cancelled));
    pair.close(*pair.left, CloseHow::fin);
    BOOST_TEST(pair.ends() == Strings{"closed cancelled"}, boost::test_tools::per_element());
  }
}

// A reset that a write meets must not be lost to the reads that follow.
BOOST_AUTO_TEST_CASE(a_write_that_meets_a_reset_leaves_what_was_received) {
  Pair pair;
  pair.run(pair.right->write("554 go away\r\n", 1s));
  pair.close(*pair.right, CloseHow::rst);
  BOOST_TEST((pair.run(pair.left->write("QUIT\r\n", 1s)) == IoStatus::reset));
  BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "554 go away");
  BOOST_TEST((pair.run(pair.left->read_line(100, 1s)).status == IoStatus::reset));
  BOOST_TEST(pair.ends() == Strings{"closed peer_rst"}, boost::test_tools::per_element());
}

// Bytes that were not read would turn the end into a RST, which destroys the reply.
BOOST_AUTO_TEST_CASE(a_reply_survives_commands_that_nobody_read) {
  Pair pair;
  pair.run(pair.right->write("MAIL\r\nRCPT\r\n", 1s));
  pair.run(pair.left->write("421 bye\r\n", 1s));
  bool closed = false;
  asio::co_spawn(pair.io, pair.left->close(CloseHow::fin),
                 [&](std::exception_ptr) { closed = true; });
  pair.io.restart();
  pair.io.poll();
  BOOST_TEST(!closed);
  BOOST_TEST(pair.right->socket().available() > 0u);
  pair.right->socket().close();
  pair.io.run_for(10s);
  BOOST_TEST(closed);
}

BOOST_AUTO_TEST_CASE(a_write_that_nobody_reads_times_out) {
  Pair pair;
  BOOST_TEST(
      (pair.run(pair.left->write(std::string(64u << 20, 'x'), 20ms)) == IoStatus::timed_out));
}

BOOST_AUTO_TEST_CASE(a_pause_ends_early_when_the_peer_does) {
  Pair pair;
  pair.right->socket().close();
  auto before = std::chrono::steady_clock::now();
  bool over = false;
  asio::co_spawn(pair.io, pair.left->pause(60s), [&](std::exception_ptr) { over = true; });
  pair.io.restart();
  pair.io.run_for(20s);
  BOOST_TEST(over);
  BOOST_TEST((std::chrono::steady_clock::now() - before < 20s));
}

BOOST_AUTO_TEST_CASE(tls_in_mid_flight) {
  Pair pair;
  pair.run(pair.right->write("STARTTLS\r\nMAIL\r\n", 1s));
  BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "STARTTLS");
  BOOST_TEST(pair.left->buffered() == 6u);
  for (IoStatus status : pair.shake_hands())
    BOOST_TEST((status == IoStatus::ok));
  BOOST_TEST(pair.left->tls());
  BOOST_TEST(pair.left->buffered() == 0u);  // RFC 3207 4.2
  pair.run(pair.right->write("inside\r\n", 1s));
  BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "inside");
  pair.run(pair.left->write("250 too\r\n", 1s));
  BOOST_TEST(pair.run(pair.right->read_line(100, 1s)).bytes == "250 too");
}

BOOST_AUTO_TEST_CASE(ends_inside_tls) {
  struct Row {
    CloseHow how;
    IoStatus status;
    std::string closed;
  };
  for (const Row& row : std::vector<Row>{{CloseHow::fin, IoStatus::eof, "closed peer_fin notify"},
                                         {CloseHow::no_notify, IoStatus::eof, "closed peer_fin"},
                                         {CloseHow::rst, IoStatus::reset, "closed peer_rst"}}) {
    BOOST_TEST_CONTEXT(row.closed) {
      Pair pair;
      pair.shake_hands();
      pair.run(pair.right->write("last\r\n", 1s));
      pair.close(*pair.right, row.how);
      BOOST_TEST(pair.run(pair.left->read_line(100, 1s)).bytes == "last");
      BOOST_TEST((pair.run(pair.left->read_line(100, 1s)).status == row.status));
      BOOST_TEST(pair.ends() == Strings{row.closed}, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(alerts_inside_tls) {
  Pair written;
  written.shake_hands();
  const Alert access_denied{.level = 2, .description = 49};
  BOOST_TEST((written.run(written.right->write_alert(access_denied, 1s)) == IoStatus::ok));
  BOOST_TEST((written.run(written.left->read_some(1s)).status == IoStatus::tls_error));
  BOOST_TEST(written.left->engine().failure().find("access denied") != std::string::npos);
  // Nothing can be sent behind it.
  BOOST_TEST((written.run(written.right->write("x", 1s)) == IoStatus::tls_error));

  Pair closed;
  closed.shake_hands();
  closed.run(closed.right->write("last\r\n", 1s));
  closed.close(*closed.right, CloseHow::alert);
  BOOST_TEST(closed.run(closed.left->read_line(100, 1s)).bytes == "last");
  BOOST_TEST((closed.run(closed.left->read_line(100, 1s)).status == IoStatus::tls_error));
  BOOST_TEST(closed.left->engine().failure().find("internal error") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_broken_record_is_an_error_of_tls) {
  Pair pair;
  pair.shake_hands();
  pair.run(pair.right->write_raw("this is no record of a TLS session at all", 1s));
  BOOST_TEST((pair.run(pair.left->read_some(1s)).status == IoStatus::tls_error));
  BOOST_TEST((pair.run(pair.left->write("x", 1s)) == IoStatus::tls_error));
}

BOOST_AUTO_TEST_CASE(connecting_fails_as_data) {
  Pair pair;
  tcp::endpoint nobody;
  {
    tcp::acceptor acceptor(pair.io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    nobody = acceptor.local_endpoint();
  }
  ConnectResult refused = pair.run(net::connect(nobody, 5s));
  BOOST_TEST((refused.status == IoStatus::reset));
  BOOST_TEST((refused.error == asio::error::connection_refused));
  BOOST_TEST(!refused.socket);
}

BOOST_AUTO_TEST_CASE(endpoints_as_text) {
  BOOST_TEST(net::text(tcp::endpoint(asio::ip::make_address("127.1.0.7"), 25)) == "127.1.0.7:25");
  BOOST_TEST(net::text(tcp::endpoint(asio::ip::make_address("fd00::7"), 25)) == "[fd00::7]:25");
}

BOOST_AUTO_TEST_CASE(a_listener_that_is_gone_refuses_and_leaves_its_connections) {
  World world;
  auto server = world.start({});
  ConnectResult first = world.run(net::connect(server, 5s));
  BOOST_REQUIRE(first.socket.has_value());
  Stream stream(std::move(*first.socket), Tap{});
  BOOST_TEST(world.run(stream.read_line(100, 5s)).bytes == "220 mx.peer.test ESMTP");
  world.listener.reset();
  BOOST_TEST((world.run(net::connect(server, 5s)).status == IoStatus::reset));
  world.run(stream.write("NOOP\r\n", 5s));
  BOOST_TEST(world.run(stream.read_line(100, 5s)).bytes == "250 2.0.0 OK");
}

BOOST_AUTO_TEST_SUITE_END()
