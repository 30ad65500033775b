// The authentication service behind a socket in the file system.
#include "harness/servers/auth_service.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

#include <sys/stat.h>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "fakes/smtp/sasl.hpp"
#include "folder.hpp"
#include "harness/lab/network.hpp"
#include "harness/servers/layout.hpp"

using namespace smtprig;
using tests::Folder;
namespace asio = boost::asio;
using asio::local::stream_protocol;
using namespace std::string_literals;

namespace {

const model::Account account{"tim", "secret"};

// Blocking on its side; the service runs until it has nothing to do in between.
struct Client {
  Client(asio::io_context& context, const std::filesystem::path& path)
      : io(context), socket(context) {
    socket.connect(stream_protocol::endpoint(path.string()));
    socket.non_blocking(true);
  }
  asio::io_context& io;
  stream_protocol::socket socket;
  bool closed = false;

  std::string ask(const std::string& text) {
    asio::write(socket, asio::buffer(text));
    return heard();
  }
  std::string heard() {
    std::string all, part(65'536, '\0');
    io.restart();
    io.poll();
    for (;;) {
      boost::system::error_code error;
      const std::size_t size = socket.read_some(asio::buffer(part), error);
      closed = error && error != asio::error::would_block;
      if (error) return all;
      all += part.substr(0, size);
      io.restart();
      io.poll();
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_service)

BOOST_AUTO_TEST_CASE(connections) {
  const Folder folder;
  const auto path = folder.path / "auth";
  asio::io_context io(1);
  std::optional<servers::AuthService> service(std::in_place, io, path, account);
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0666);

  Client one(io, path), two(io, path), broken(io, path);
  BOOST_TEST(one.heard().ends_with("\nDONE\n"));
  BOOST_TEST(two.heard().ends_with("\nDONE\n"));
  const std::string ask = "VERSION\t1\t0\nCPID\t1\nAUTH\t1\tPLAIN\tresp=";
  const std::string good = fakes::smtp::to_base64("\0tim\0secret"s);
  BOOST_TEST(one.ask(ask + good + "\n") == "OK\t1\tuser=tim\n");
  BOOST_TEST(two.ask(ask + fakes::smtp::to_base64("\0tim\0x"s) + "\n") == "FAIL\t1\tuser=tim\n");
  broken.ask("AUTH\t1\tPLAIN\n");
  BOOST_TEST(broken.closed);
  BOOST_TEST(one.ask("AUTH\t2\tPLAIN\tresp=" + good + "\n") == "OK\t2\tuser=tim\n");

  service.reset();
  BOOST_TEST(one.heard() == "");
  BOOST_TEST(one.closed);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_client_that_never_reads_is_not_read_on) {
  const Folder folder;
  asio::io_context io(1);
  const servers::AuthService service(io, folder.path / "auth", account);
  Client client(io, folder.path / "auth");
  const std::string many = [] {
    std::string text = "VERSION\t1\t0\n";
    while (text.size() < 65'536)
      text += "CONT\t1\tAAAA\n";
    return text;
  }();
  boost::system::error_code error;
  std::size_t taken = 0;
  for (int turn = 0; turn < 1'000 && !error; ++turn) {
    taken += client.socket.write_some(asio::buffer(many), error);
    io.restart();
    io.poll();
  }
  BOOST_TEST((error == asio::error::would_block));
  BOOST_TEST(taken < 16u << 20);
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_way) {
  const Folder folder;
  folder.write("auth", "old");
  asio::io_context io(1);
  { const servers::AuthService service(io, folder.path / "auth", account); }
  BOOST_TEST(!std::filesystem::exists(folder.path / "auth"));
  BOOST_CHECK_THROW(servers::AuthService(io, folder.path / "no/such", account), lab::LabError);
  BOOST_CHECK_THROW(servers::AuthService(io, folder.path / std::string(100, 'a'), account),
                    lab::LabError);
}

BOOST_AUTO_TEST_CASE(mentioned) {
  const Folder folder;
  folder.write("with", "sasl_path={auth-socket}");
  folder.write("without", "sasl_path=auth-socket");
  model::ServerDescription description;
  description.folder = folder.path;
  BOOST_TEST(!servers::mentions(description, "auth-socket"));
  description.files = {{"etc/a", "without"}};
  description.start = {"server", "{dir}"};
  BOOST_TEST(!servers::mentions(description, "auth-socket"));
  description.files.push_back({"etc/b", "with"});
  BOOST_TEST(servers::mentions(description, "auth-socket"));
  description.files.clear();
  description.start.emplace_back("--auth={auth-socket}");
  BOOST_TEST(servers::mentions(description, "auth-socket"));
}

BOOST_AUTO_TEST_SUITE_END()
