// A folder of the user's own on its way into a lab; and Postfix's description of that way, with the
// folder that Debian's package makes.
#include "harness/servers/own_configuration.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "folder.hpp"
#include "harness/servers/installed.hpp"
#include "harness/servers/layout.hpp"

using namespace smtprig;
using tests::Folder;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

model::ServerConfiguration toy() {
  model::ServerConfiguration configuration;
  configuration.folder = "etc";
  configuration.home = "/etc/toy";
  configuration.overrides = {{"toy.cf", "", "", false, {"host = lab"}, "the lab's"}};
  configuration.references = {{"hash:(?:@/(?P<inside>\\S+)|(?P<path>/\\S+))", {"index", "{file}"}},
                              {"text:(?P<path>/\\S+)", {}},
                              {"sql:\\S+", {}}};
  return configuration;
}

servers::OwnConfiguration taken(const model::ServerConfiguration& configuration,
                                const fs::path& folder) {
  return servers::read_configuration(configuration, folder,
                                     [](const std::string& line) { return line; });
}

Lines notes_of(const Folder& folder, const std::string& text) {
  folder.write("toy.cf", text);
  Lines notes = taken(toy(), folder.path).notes;
  notes.erase(notes.begin(), notes.begin() + 2);  // the override
  return notes;
}

bool holds(const Lines& notes, const std::string& text) {
  return std::ranges::any_of(notes,
                             [&](const std::string& note) { return note.find(text) != note.npos; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(own_configuration)

BOOST_AUTO_TEST_CASE(a_folder_is_copied) {
  const Folder from, to;
  from.write("toy.cf", "host = mine\nmap = hash:@/maps/a\n");
  from.write("maps/a", "x y\n");
  from.write("script", "#!/bin/sh\n", true);
  fs::create_symlink(from.path / "maps/a", from.path / "link");
  fs::create_symlink("nowhere", from.path / "dangling");
  fs::create_directory_symlink("maps", from.path / "linked");
  BOOST_TEST_REQUIRE(::mkfifo((from.path / "fifo").c_str(), 0600) == 0);
  const auto own = taken(toy(), from.path);
  servers::write_configuration(own, from.path, to.path / "etc");

  BOOST_TEST(servers::read_file(to.path / "etc/toy.cf") ==
             "# host = mine\nmap = hash:@/maps/a\n# What the lab needs.\nhost = lab\n");
  BOOST_TEST(servers::read_file(from.path / "toy.cf") == "host = mine\nmap = hash:@/maps/a\n");
  for (const char* path : {"maps/a", "link", "linked/a"})
    BOOST_TEST(servers::read_file(to.path / "etc" / path) == "x y\n");
  BOOST_TEST(!fs::is_symlink(to.path / "etc/link"));
  BOOST_TEST(::access((to.path / "etc/script").c_str(), X_OK) == 0);
  BOOST_TEST(!fs::exists(to.path / "etc/fifo"));
  Lines notes(own.notes.begin() + 2, own.notes.end());
  std::ranges::sort(notes);
  BOOST_TEST(notes == (Lines{"dangling is left out: it cannot be read",
                             "fifo is left out: it is no file"}),
             boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(own.indexes.size() == 1);
  BOOST_TEST(own.indexes[0].file == "maps/a");
}

BOOST_AUTO_TEST_CASE(references) {
  const Folder folder;
  folder.write("a", "");
  folder.write("b.db", "");
  const std::string here = folder.path.string();
  const std::pair<std::string, Lines> rows[] = {
      {"hash:@/a", {}},
      {"hash:/etc/toy/a", {}},
      {"hash:" + here + "/a", {}},
      {"text:/etc/toy/a", {}},
      {"hash:@/b", {}},  // its index is there
      {"hash:@/c hash:@/c", {"toy.cf names c, which is not in the folder"}},
      {"text:/etc/toy/../toy/c", {"toy.cf names c, which is not in the folder"}},
      {"hash:/etc/toys/a",
       {"toy.cf names /etc/toys/a, which lies outside of the folder: this machine has none"}},
      {"text:/etc/passwd",
       {"toy.cf names /etc/passwd, which lies outside of the folder: this machine's own is used"}},
      {"sql:/etc/toy/a", {"toy.cf asks for sql:/etc/toy/a, which the lab does not have"}},
      {"# sql:x", {}},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(notes_of(folder, text + "\n") == expected, boost::test_tools::per_element());
    }
  }
  folder.write("toy.cf", "hash:@/a hash:/etc/toy/a\ntext:/etc/toy/a\n");
  BOOST_TEST(taken(toy(), folder.path).indexes.size() == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken) {
  const Folder folder;
  BOOST_CHECK_THROW(taken(toy(), folder.path), lab::LabError);
  BOOST_CHECK_THROW(taken(toy(), folder.path / "missing"), lab::LabError);
  folder.write("toy.cf", "");
  folder.write("1/2/3/4/5/6/7/8/9/deep", "");
  const auto notes = taken(toy(), folder.path).notes;
  BOOST_TEST(holds(notes, "1/2/3/4/5/6/7/8/9 is left out: it lies too deep"));
  folder.write("large", "");
  fs::resize_file(folder.path / "large", 65u << 20);
  BOOST_CHECK_THROW(taken(toy(), folder.path), lab::LabError);
}

BOOST_AUTO_TEST_CASE(a_file_that_only_root_reads) {
  const Folder folder;
  folder.write("toy.cf", "hash:@/secret\n");
  folder.write("secret", "");
  fs::permissions(folder.path / "secret", fs::perms::none);
  const auto notes = taken(toy(), folder.path).notes;
  if (::geteuid() == 0) return;  // reads it all the same
  BOOST_TEST(holds(notes, "secret is left out: it cannot be read"));
  BOOST_TEST(holds(notes, "toy.cf names secret, which is not in the folder"));
}

// Lines of master.cf(5) as they come and as the lab has them.
BOOST_AUTO_TEST_CASE(services_of_postfix) {
  const auto postfix =
      servers::describe_server(SMTPRIG_SOURCE_DIR "/harness/servers", "postfix").configuration;
  BOOST_TEST_REQUIRE(postfix.has_value());
  const std::pair<std::string, std::string> rows[] = {
      {"smtp      inet  n       -       y       -       -       smtpd",
       "smtp      inet  n       -       n       -       -       smtpd"},
      {"qmgr unix n - n 300 1 qmgr", "qmgr unix n - n 300 1 qmgr"},
      {"tlsmgr unix - - - 1000? 1 tlsmgr", "tlsmgr unix - - n 1000? 1 tlsmgr"},
      {"postlog unix-dgram n - y - 1 postlogd", "postlog unix-dgram n - n - 1 postlogd"},
      {"203.0.113.5:smtp inet n - n - - smtpd", "smtp inet n - n - - smtpd"},
      {"12.1.2.3:25 inet n - n - - smtpd", "25 inet n - n - - smtpd"},
      {"[2001:db8::1]:25 inet n - n - - smtpd", "25 inet n - n - - smtpd"},
      {"127.0.0.1:10025 inet n - n - - smtpd", "127.0.0.1:10025 inet n - n - - smtpd"},
      {"[::1]:10025 inet n - n - - smtpd", "[::1]:10025 inet n - n - - smtpd"},
      {"localhost:10025 inet n - n - - smtpd", "localhost:10025 inet n - n - - smtpd"},
      {"  -o syslog_name=postfix/x -o a=b", "  -o a=b"},
      {"  -o { syslog_name = postfix/x } -o a=b", "  -o a=b"},
      {"  -o smtp_bind_address=203.0.113.5", " "},
  };
  for (const auto& [line, expected] : rows) {
    BOOST_TEST_CONTEXT(line) {
      const auto edited = servers::with_overrides(*postfix, "master.cf", line + "\n",
                                                  [](const std::string& text) { return text; });
      BOOST_TEST(edited.text.substr(0, edited.text.find('\n')) == expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
