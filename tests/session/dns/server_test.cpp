// The DNS server on sockets. Its clients are glibc's stub resolver, which is what Postfix and most
// other mail servers use, and plain TCP sockets for what no well-behaved client does.
#define BOOST_TEST_MODULE dns_server
#include <resolv.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include "world.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace smtprig::fakes;
using namespace smtprig::fakes::dns;
using Bytes = std::vector<std::uint8_t>;

constexpr int type_a = 1, type_mx = 15, type_ns = 2;

// glibc's resolver pointed at one server.
class Resolver {
 public:
  explicit Resolver(std::uint16_t port, unsigned long options = 0, int tries = 1) {
    BOOST_REQUIRE(res_ninit(&state_) == 0);
    state_.nscount = 1;
    state_.nsaddr_list[0] = {};
    state_.nsaddr_list[0].sin_family = AF_INET;
    state_.nsaddr_list[0].sin_port = htons(port);
    state_.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    state_.options |= options;
    state_.retry = tries;
    state_.retrans = 1;
  }
  ~Resolver() { res_nclose(&state_); }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The answer, or empty where glibc says that there is none; then error() says why.
  Bytes query(const std::string& name, int type) {
    Bytes answer(65'536);
    const int length =
        res_nquery(&state_, name.c_str(), 1, type, answer.data(), static_cast<int>(answer.size()));
    answer.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return answer;
  }
  int error() const { return state_.res_h_errno; }

 private:
  struct __res_state state_ = {};
};

unsigned answers(const Bytes& message) {
  return message.size() < 12 ? 0 : static_cast<unsigned>(message[6] << 8 | message[7]);
}
bool authentic(const Bytes& message) {
  return message.size() >= 12 && (message[3] & 0x20) != 0;
}

BOOST_AUTO_TEST_CASE(glibc) {
  World world;
  struct Row {
    std::string name;
    int type;
    unsigned answers;
    int error;
  };
  const std::vector<Row> rows = {
      {"a.test", type_mx, 1, 0},
      {"A.Test", type_mx, 1, 0},
      {"alias.a.test", type_a, 2, 0},
      {"2.0.0.127.in-addr.arpa", 12, 1, 0},
      {"mx1.a.test", type_mx, 0, NO_DATA},
      {"absent.test", type_a, 0, HOST_NOT_FOUND},
      {"broken.test", type_a, 0, TRY_AGAIN},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name << " " << row.type) {
      Resolver resolver(world.port());
      BOOST_TEST(answers(resolver.query(row.name, row.type)) == row.answers);
      if (row.answers == 0) BOOST_TEST(resolver.error() == row.error);
    }
  }
}

// RES_TRUSTAD is "options trust-ad" of resolv.conf: the stub sets AD and passes it on.
BOOST_AUTO_TEST_CASE(glibc_sees_authentic_data) {
  World world;
  Resolver trusting(world.port(), RES_TRUSTAD | RES_USE_EDNS0 | RES_USE_DNSSEC);
  BOOST_TEST(authentic(trusting.query("a.test", type_mx)));
  BOOST_TEST(authentic(trusting.query(".", type_ns)));
  BOOST_TEST(authentic(trusting.query("alias.a.test", type_a)));
  BOOST_TEST(!authentic(trusting.query("mx1.a.test", 28)));
  for (const DnsQuery& query : world.take_queries())
    BOOST_TEST(query.dnssec_ok);
  Resolver distrusting(world.port());
  BOOST_TEST(!authentic(distrusting.query("a.test", type_mx)));
}

BOOST_AUTO_TEST_CASE(glibc_repeats_over_tcp) {
  World world;
  Resolver resolver(world.port());
  BOOST_TEST(answers(resolver.query("huge.test", type_a)) == 200u);
  const std::vector<DnsQuery> queries = world.take_queries();
  BOOST_REQUIRE(queries.size() == 2u);
  BOOST_TEST(!queries[0].tcp);
  BOOST_TEST(queries[0].answers == 0);
  BOOST_TEST(queries[1].tcp);
  BOOST_TEST(queries[1].answers == 200);
}

// Over UDP it is lost and put again; what is truncated it asks for over TCP.
BOOST_AUTO_TEST_CASE(glibc_meets_faults) {
  struct Row {
    std::string name;
    unsigned answers;
    std::vector<std::string> faults;
  };
  const std::vector<Row> rows = {
      {"lost.test", 1, {"none", ""}},
      {"silent.test", 0, {"none", "none"}},
      {"forged.test", 0, {"wrong-id", "wrong-id"}},
      {"cut.test", 1, {"truncated", ""}},
      {"late.test", 1, {""}},
      {"later.test", 1, {"", ""}},  // the answer to the first try, while it waits for the second
  };
  World world;
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Resolver resolver(world.port(), 0, 2);
      BOOST_TEST(answers(resolver.query(row.name, type_a)) == row.answers);
      if (row.answers == 0) BOOST_TEST(resolver.error() == TRY_AGAIN);
      std::vector<std::string> faults;
      for (const DnsQuery& query : world.take_queries())
        faults.push_back(query.fault);
      BOOST_TEST(faults == row.faults, boost::test_tools::per_element());
    }
  }
}

Bytes query_for(std::string_view label, std::uint8_t id) {
  Bytes bytes = {0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(label.size())};
  bytes.insert(bytes.end(), label.begin(), label.end());
  bytes.insert(bytes.end(), {4, 't', 'e', 's', 't', 0, 0, 1, 0, 1});
  return bytes;
}

Bytes query_for_a(std::uint8_t id) {
  return {0,   id,  1, 0,   0, 1,   0,   0,   0,   0, 0, 0, 3, 'm',
          'x', '1', 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1};
}

Bytes framed(const Bytes& message) {
  Bytes bytes = {static_cast<std::uint8_t>(message.size() >> 8),
                 static_cast<std::uint8_t>(message.size())};
  bytes.insert(bytes.end(), message.begin(), message.end());
  return bytes;
}

struct Client {
  explicit Client(const World& world) : socket(io) {
    socket.connect({asio::ip::address_v4::loopback(), world.port()});
  }
  void send(const Bytes& bytes) { asio::write(socket, asio::buffer(bytes)); }
  // Empty: the server closed the connection.
  Bytes receive() {
    boost::system::error_code error;
    std::array<std::uint8_t, 2> length{};
    asio::read(socket, asio::buffer(length), error);
    if (error) return {};
    Bytes message(static_cast<std::size_t>(length[0] << 8 | length[1]));
    asio::read(socket, asio::buffer(message), error);
    return error ? Bytes{} : message;
  }

  asio::io_context io;
  tcp::socket socket;
};

BOOST_AUTO_TEST_CASE(many_queries_over_one_connection) {
  World world;
  Client client(world);
  Bytes all;
  for (std::uint8_t id = 0; id < 100; ++id) {
    const Bytes one = framed(query_for_a(id));
    all.insert(all.end(), one.begin(), one.end());
  }
  client.send(all);
  for (std::uint8_t id = 0; id < 100; ++id) {
    const Bytes answer = client.receive();
    BOOST_REQUIRE(answers(answer) == 1u);
    BOOST_TEST(answer[1] == id);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_query_end_a_connection) {
  World world;
  for (const Bytes& bytes : {framed(Bytes(5, 0xff)), framed({}), framed(Bytes(600, 0xff))}) {
    Client client(world);
    client.send(bytes);
    BOOST_TEST(client.receive().empty());
  }
  Client after(world);
  after.send(framed(query_for_a(1)));
  BOOST_TEST(answers(after.receive()) == 1u);
}

BOOST_AUTO_TEST_CASE(garbage_over_udp_is_survived) {
  World world;
  asio::io_context io;
  asio::ip::udp::socket socket(io, asio::ip::udp::v4());
  const asio::ip::udp::endpoint server(asio::ip::address_v4::loopback(), world.port());
  for (const std::size_t size : {0u, 1u, 11u, 12u, 512u, 9000u}) {
    socket.send_to(asio::buffer(Bytes(size, 0xff)), server);
  }
  socket.send_to(asio::buffer(query_for_a(9)), server);
  Bytes answer(512);
  answer.resize(socket.receive(asio::buffer(answer)));
  BOOST_TEST(answer[1] == 9);
  BOOST_TEST(answers(answer) == 1u);
}

// Over UDP who asks later is answered earlier, over TCP each waits for its turn.
BOOST_AUTO_TEST_CASE(a_late_answer) {
  World world;
  asio::io_context io;
  asio::ip::udp::socket socket(io, asio::ip::udp::v4());
  const asio::ip::udp::endpoint server(asio::ip::address_v4::loopback(), world.port());
  const auto begin = std::chrono::steady_clock::now();
  socket.send_to(asio::buffer(query_for("late", 1)), server);
  socket.send_to(asio::buffer(query_for("prompt", 2)), server);
  for (const int id : {2, 1}) {
    Bytes answer(512);
    answer.resize(socket.receive(asio::buffer(answer)));
    BOOST_TEST(answer[1] == id);
    BOOST_TEST(answers(answer) == 1u);
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= World::late));
  Client client(world);
  for (const char* name : {"late", "silent", "prompt"})
    client.send(framed(query_for(name, static_cast<std::uint8_t>(name[0]))));
  for (const char id : {'l', 'p'})
    BOOST_TEST(client.receive().at(1) == id);
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= 2 * World::late));
  for (const DnsQuery& query : world.take_queries())
    BOOST_TEST((query.delay_ms > 0) == (query.name == "late.test"));
}

BOOST_AUTO_TEST_CASE(late_answers_are_bounded) {
  World world(Limits{.late = 1});
  asio::io_context io;
  asio::ip::udp::socket socket(io, asio::ip::udp::v4());
  const asio::ip::udp::endpoint server(asio::ip::address_v4::loopback(), world.port());
  for (const std::uint8_t id : {1, 2})
    socket.send_to(asio::buffer(query_for("late", id)), server);
  const auto receive = [&socket] {
    Bytes answer(512);
    answer.resize(socket.receive(asio::buffer(answer)));
    return answer.at(1);
  };
  BOOST_TEST(receive() == 1);
  socket.send_to(asio::buffer(query_for("prompt", 3)), server);
  BOOST_TEST(receive() == 3);
}

BOOST_AUTO_TEST_CASE(late_answers_end_with_the_server) {
  World world;
  asio::io_context io;
  asio::ip::udp::socket socket(io, asio::ip::udp::v4());
  const asio::ip::udp::endpoint server(asio::ip::address_v4::loopback(), world.port());
  socket.send_to(asio::buffer(query_for("late", 1)), server);
  Client client(world);
  client.send(framed(query_for("late", 1)));
  while (world.queries() < 2)
    std::this_thread::yield();
  world.stop();
  BOOST_TEST(client.receive().empty());
}

BOOST_AUTO_TEST_CASE(silent_connections_end) {
  World world(Limits{.idle = std::chrono::milliseconds(30)});
  Client silent(world);
  BOOST_TEST(silent.receive().empty());
  Client half(world);
  half.send({0, 28, 0, 1});
  BOOST_TEST(half.receive().empty());
}

BOOST_AUTO_TEST_CASE(connections_are_bounded) {
  World world(Limits{.connections = 2});
  Client first(world), second(world);
  for (Client* client : {&first, &second}) {
    client->send(framed(query_for_a(1)));
    BOOST_TEST(answers(client->receive()) == 1u);
  }
  Client third(world);
  BOOST_TEST(third.receive().empty());
  first.send(framed(query_for_a(2)));
  BOOST_TEST(answers(first.receive()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_stopped_server_closes_what_is_open) {
  World world;
  Client client(world);
  client.send(framed(query_for_a(1)));
  BOOST_TEST(answers(client.receive()) == 1u);
  world.stop();
  BOOST_TEST(client.receive().empty());
}

BOOST_AUTO_TEST_CASE(a_taken_port_throws) {
  World world;
  asio::io_context io;
  Table table;
  const asio::ip::udp::endpoint taken(asio::ip::address_v4::loopback(), world.port());
  BOOST_CHECK_THROW(Server(io, taken, table, nullptr), boost::system::system_error);
}

}  // namespace
