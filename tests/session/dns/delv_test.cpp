// The signer as BIND's `delv` sees it, which validates by itself from the trust anchor down and
// shares no code with ldns. Exits 77 (skipped) where delv is not installed.
#define BOOST_TEST_MODULE dns_delv
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include "fakes/dns/signer.hpp"

namespace {

using namespace smtprig::fakes::dns;
using smtprig::fakes::DnsReply;

struct NeedsDelv {
  NeedsDelv() {
    if (std::system("delv -v >/dev/null 2>&1") == 0) return;
    std::cerr << "skipped: delv is missing (apt-get install bind9-dnsutils)\n";
    std::exit(77);
  }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsDelv);

// All zones of a small internet, signed, in a thread of their own.
class SignedWorld {
 public:
  SignedWorld() {
    table_.add_zone("", true);
    table_.add_zone("test", true);
    table_.add_zone("plain.test", false);
    table_.add_zone("a.dane.test", true);
    add("a.dane.test", "MX", "10 mx.a.dane.test.");
    add("mx.a.dane.test", "A", "127.0.0.2");
    add("mx.a.dane.test", "A", "127.0.0.3");
    add("_25._tcp.mx.a.dane.test", "TLSA", "3 1 1 " + std::string(64, 'a'));
    add("alias.a.dane.test", "CNAME", "mx.a.dane.test.");
    add("out.a.dane.test", "CNAME", "mx.plain.test.");
    add("lost.a.dane.test", "CNAME", "absent.a.dane.test.");
    add("wrong.a.dane.test", "A", "127.0.0.4");
    table_.add(Fault{.name = "wrong.a.dane.test", .type = "A", .bogus = true});
    table_.add(Fault{.name = "wrong.a.dane.test", .type = "MX", .bogus = true});
    table_.add(Fault{"_25._tcp.mx.a.dane.test", "AAAA", DnsReply::nxdomain, {}});
    table_.add(Fault{"mx.a.dane.test", "TLSA", DnsReply::nodata, {}});
    table_.add({.name = "mx.plain.test", .type = "A", .data = "127.0.0.5"});
    table_.add_zone("cut.a.dane.test", false);
    table_.add({.name = "cut.a.dane.test", .type = "A", .data = "127.0.0.6"});
    for (int i = 0; i < 100; ++i)
      add("huge.a.dane.test", "A", "127.0.3." + std::to_string(i));
    server_ = std::make_unique<Server>(
        io_, boost::asio::ip::udp::endpoint(boost::asio::ip::address_v4::loopback(), 0), table_,
        [](const smtprig::fakes::DnsQuery&) {}, Limits(), &signer_);
    port_ = server_->local().port();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~SignedWorld() {
    boost::asio::post(io_, [this] { server_.reset(); });
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::string trust_anchor() const { return signer_.trust_anchor(); }

 private:
  void add(std::string name, std::string type, std::string data) {
    table_.add(Record{
        .name = std::move(name), .type = std::move(type), .data = std::move(data), .secure = true});
  }

  boost::asio::io_context io_{1};
  Table table_;
  Signer signer_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// The trust anchor in the form that BIND reads; gone with the object.
class AnchorFile {
 public:
  explicit AnchorFile(const std::string& anchor) {
    std::string name = (std::filesystem::temp_directory_path() / "anchor-XXXXXX").string();
    const int made = ::mkstemp(name.data());
    BOOST_REQUIRE(made >= 0);
    ::close(made);
    path_ = name;
    std::istringstream words(anchor);
    std::string owner, ttl, klass, type, tag, algorithm, digest_type, digest;
    words >> owner >> ttl >> klass >> type >> tag >> algorithm >> digest_type >> digest;
    BOOST_REQUIRE(type == "DS");
    std::ofstream(path_) << "trust-anchors { . static-ds " << tag << ' ' << algorithm << ' '
                         << digest_type << " \"" << digest << "\"; };\n";
  }
  ~AnchorFile() { std::filesystem::remove(path_); }

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(pipe);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    output.push_back(static_cast<char>(c));
  pclose(pipe);
  return output;
}

struct Row {
  std::string asked;
  std::vector<std::string> contains;
};

void compare(const std::string& command, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string output = output_of(command + row.asked);
    BOOST_TEST_CONTEXT(row.asked << "\n" << output)
    for (const std::string& text : row.contains)
      BOOST_TEST(output.find(text) != std::string::npos, "contains " << text);
  }
}

BOOST_AUTO_TEST_CASE(delv_validates) {
  const SignedWorld world;
  const AnchorFile anchor(world.trust_anchor());
  const std::string longest(63, 'z');
  const std::string denied = "negative response, fully validated";
  compare(
      "delv @127.0.0.1 -p " + std::to_string(world.port()) + " -a " + anchor.path() + " +root=. ",
      {
          {". SOA", {"; fully validated"}},
          {". DNSKEY", {"; fully validated"}},
          {"a.dane.test SOA", {"; fully validated"}},
          {"a.dane.test MX", {"; fully validated", "mx.a.dane.test."}},
          {"mx.a.dane.test A", {"; fully validated", "127.0.0.2", "127.0.0.3"}},
          {"huge.a.dane.test A", {"; fully validated", "127.0.3.99"}},
          {"_25._tcp.mx.a.dane.test TLSA", {"; fully validated", "TLSA"}},
          {"alias.a.dane.test A", {"; fully validated", "CNAME", "127.0.0.2"}},
          {"out.a.dane.test A", {"; fully validated", "; unsigned answer", "127.0.0.5"}},
          // Denials: of a type, of a name, by a fault, within an insecure zone.
          {". TXT", {denied, "NXRRSET"}},
          {"test TXT", {denied, "NXRRSET"}},
          {"a.dane.test A", {denied, "NXRRSET"}},
          {"mx.a.dane.test TLSA", {denied, "NXRRSET"}},
          {"dane.test A", {denied, "NXRRSET"}},
          {"_tcp.mx.a.dane.test TLSA", {denied, "NXRRSET"}},
          {"absent.a.dane.test A", {denied, "NXDOMAIN"}},
          {"deep.below.absent.a.dane.test A", {denied, "NXDOMAIN"}},
          {"else.example MX", {denied, "NXDOMAIN"}},
          {"'else[.test' A", {denied, "NXDOMAIN"}},
          {"-q -.a.dane.test -t A", {denied, "NXDOMAIN"}},
          {longest + ".a.dane.test A", {denied, "NXDOMAIN"}},
          {"a.absent.dane.test MX", {denied, "NXDOMAIN"}},
          {"_25._tcp.mx.a.dane.test AAAA", {denied, "NXDOMAIN"}},
          {"lost.a.dane.test A", {"NXDOMAIN"}},
          {"mx.plain.test A", {"; unsigned answer", "127.0.0.5"}},
          {"absent.plain.test A", {"NXDOMAIN", "; negative response, unsigned answer"}},
          {"cut.a.dane.test A", {"; unsigned answer", "127.0.0.6"}},
          {"wrong.a.dane.test A", {"resolution failed: RRSIG failed to verify"}},
          {"wrong.a.dane.test MX", {"resolution failed"}},
      });
}

// With another anchor nothing can be proven, not even that a zone is insecure.
BOOST_AUTO_TEST_CASE(delv_refuses_another_anchor) {
  const SignedWorld world;
  const AnchorFile anchor(Signer().trust_anchor());
  compare(
      "delv @127.0.0.1 -p " + std::to_string(world.port()) + " -a " + anchor.path() + " +root=. ",
      {
          {"a.dane.test MX", {"resolution failed"}},
          {"mx.plain.test A", {"resolution failed"}},
      });
}

}  // namespace
