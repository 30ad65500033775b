// Finding servers: descriptions, a given root, the cache; versions compared as numbers. The
// programs are scripts that print a version.
#include "harness/servers/installed.hpp"
#include "harness/servers/instance.hpp"

#include <re2/re2.h>
#include <boost/test/unit_test.hpp>

#include "folder.hpp"

using namespace smtprig;
using tests::Folder;

namespace {

model::ServerDescription toy() {
  model::ServerDescription description;
  description.name = "toy";
  description.package = "toy-server";
  description.programs = {{"/usr/sbin/smtprig-toy", "/opt/smtprig-toy", ""}};
  description.version_command = {"/usr/sbin/smtprig-toy", "--version"};
  description.version_expression = "toy ([0-9.]+)";
  return description;
}

void put_toy(const Folder& folder, const std::string& root, const std::string& version) {
  folder.write(root + "/usr/sbin/smtprig-toy", "#!/bin/sh\necho toy " + version + "\n", true);
}

std::string failure(const std::function<void()>& act) {
  try {
    act();
  } catch (const lab::LabError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(installed)

BOOST_AUTO_TEST_CASE(what_a_login_needs) {
  Folder folder;
  folder.write("root/usr/lib/any-triplet/sasl2/libtoy.so", "");
  model::ServerDescription description;
  BOOST_TEST(servers::can_log_in(description, {}));
  description.login_needs = "/usr/lib/*/sasl2/libtoy.so";
  BOOST_TEST(!servers::can_log_in(description, {}));
  BOOST_TEST(servers::can_log_in(description, folder.path / "root"));
  BOOST_TEST(!servers::can_log_in(description, folder.path / "elsewhere"));
}

BOOST_AUTO_TEST_CASE(what_moves_a_clock) {
  Folder folder;
  folder.write("root/usr/lib/any-triplet/toytime/libtoytime.so.1", "");
  servers::InstanceSettings settings;
  settings.root = folder.path / "root";
  settings.ids = lab::Ids::all;
  settings.moves_clock = true;
  BOOST_TEST(servers::clock_library(settings.description, settings.root) == "");
  BOOST_TEST(settings.preloaded() == "");
  settings.description.clock_library = "/usr/lib/*/toytime/libtoytime.so.1";
  BOOST_TEST(servers::clock_library(settings.description, {}) == "");
  // As the server sees it.
  BOOST_TEST(settings.preloaded() == "/usr/lib/any-triplet/toytime/libtoytime.so.1");
  settings.moves_clock = false;
  BOOST_TEST(settings.preloaded() == "");
}

BOOST_AUTO_TEST_CASE(what_a_companion_needs) {
  Folder folder;
  folder.write("root/opt/smtprig-helper", "", true);
  model::ServerDescription description;
  description.companions = {{.name = "helper", .needs = "/opt/smtprig-helper"}};
  const auto count = [&](const std::filesystem::path& root) {
    return servers::missing_companions(description, root).size();
  };
  BOOST_TEST(count({}) == 1u);
  BOOST_TEST(count(folder.path / "elsewhere") == 1u);
  BOOST_TEST(count(folder.path / "root") == 0u);
}

BOOST_AUTO_TEST_CASE(versions) {
  const std::tuple<const char*, const char*, bool> rows[] = {
      {"3.10", "3.9", true},     {"3.9", "3.10", false},     {"3.7.11", "3.7.11", false},
      {"3.7.11", "3.7", true},   {"3.7", "3.7.11", false},   {"4", "3.99", true},
      {"1.2.3a", "1.2.3", true}, {"1.2.3", "1.2.3a", false}, {"10", "9", true},
      {"", "1", false},
  };
  for (const auto& [version, than, expected] : rows) {
    BOOST_TEST_CONTEXT(version << " " << than) {
      BOOST_TEST(servers::is_newer(version, than) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(names) {
  Folder share;
  for (const char* name : {"b", "a", "a-b"}) {
    share.write(std::string(name) + "/server.xml", "");
  }
  share.write("c/other", "");
  BOOST_TEST(servers::server_names(share.path) == (std::vector<std::string>{"a", "a-b", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(servers::wanted_server(share.path, "b").name == "b");
  BOOST_TEST(servers::wanted_server(share.path, "b-1.2").version == "1.2");
  BOOST_TEST(servers::wanted_server(share.path, "a-b").name == "a-b");
  BOOST_TEST(servers::wanted_server(share.path, "a-b-3").version == "3");
  const std::string text = failure([&] { servers::wanted_server(share.path, "bb"); });
  BOOST_TEST(text.find("there are: a, a-b, b") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(shipped_descriptions_are_valid) {
  const std::filesystem::path share = SMTPRIG_SOURCE_DIR "/harness/servers";
  const model::ServerDescription postfix = servers::describe_server(share, "postfix");
  BOOST_TEST(postfix.needs_namespace);
  BOOST_TEST(postfix.policies.size() == 10);
  for (const model::ServerFile& file : postfix.files) {
    BOOST_TEST(std::filesystem::exists(postfix.folder / file.source), file.source);
  }
}

BOOST_AUTO_TEST_CASE(versions_of_postfix) {
  const std::filesystem::path share = SMTPRIG_SOURCE_DIR "/harness/servers";
  const RE2 expression(servers::describe_server(share, "postfix").version_expression);
  for (const char* version : {"3.7.11", "3.11-20260131", "3.11-20260131-nonprod"}) {
    std::string found;
    BOOST_TEST(
        RE2::PartialMatch(std::string("mail_version = ") + version + "\n", expression, &found));
    BOOST_TEST(found == version);
  }
}

BOOST_AUTO_TEST_CASE(given_root) {
  Folder folder;
  put_toy(folder, "root", "1.5");
  const servers::Installed found =
      servers::find_installed(toy(), "", folder.path / "root", folder.path / "cache");
  BOOST_TEST(found.version == "1.5");
  BOOST_TEST(found.root == folder.path / "root");
  BOOST_TEST((found.origin == servers::Origin::given));
  const std::string text = failure(
      [&] { servers::find_installed(toy(), "", folder.path / "none", folder.path / "cache"); });
  BOOST_TEST(text.find("/none is no folder") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_root_without_the_server) {
  Folder folder;
  auto server = toy();
  server.programs.push_back({"/usr/sbin/other", "", ""});
  folder.write("root/usr/sbin/smtprig-toy", "no program");
  const auto problem = [&](const char* root) {
    return failure([&] { servers::find_installed(server, "", folder.path / root, "/none"); });
  };
  const std::string both = problem("root");
  BOOST_TEST(both.find("usr/sbin/smtprig-toy (or opt/smtprig-toy) cannot be executed") !=
                 std::string::npos,
             both);
  BOOST_TEST(both.find("usr/sbin/other is missing") != std::string::npos, both);
  BOOST_TEST(both.find("did you mean") == std::string::npos, both);

  put_toy(folder, "root", "1");
  folder.write("root/usr/sbin/other", "#!/bin/sh\n", true);
  const std::string meant = "did you mean " + (folder.path / "root").string() + "?";
  for (const char* root : {"root/usr", "root/usr/", "."}) {
    const std::string text = problem(root);
    BOOST_TEST_CONTEXT(root) {
      BOOST_TEST(text.find("did you mean ") != std::string::npos, text);
    }
  }
  BOOST_TEST(problem("root/usr").find(meant) != std::string::npos);
  BOOST_TEST(problem("root") == "none");
}

BOOST_AUTO_TEST_CASE(a_program_at_its_other_place) {
  Folder folder;
  folder.write("root/opt/smtprig-toy", "#!/bin/sh\n", true);
  const auto server = toy();
  BOOST_TEST(servers::missing_programs(server, folder.path / "root").empty());
  BOOST_TEST(servers::program_folder(server.programs[0], folder.path / "root") == "/opt");
  put_toy(folder, "root", "1");
  BOOST_TEST(servers::program_folder(server.programs[0], folder.path / "root") == "/usr/sbin");
}

BOOST_AUTO_TEST_CASE(cache) {
  Folder folder;
  put_toy(folder, "toy-1.9/root", "1.9");
  put_toy(folder, "toy-1.10/root", "1.10");
  put_toy(folder, "toy-other-7/root", "7");
  folder.write("toy-2/root/empty", "");
  const auto all = servers::all_installed(toy(), folder.path);
  BOOST_TEST_REQUIRE(all.size() == 2);
  BOOST_TEST(all[0].version == "1.10");
  BOOST_TEST(all[1].version == "1.9");
  BOOST_TEST(servers::find_installed(toy(), "", "", folder.path).version == "1.10");
  BOOST_TEST(servers::find_installed(toy(), "1.9", "", folder.path).root ==
             folder.path / "toy-1.9/root");
  const std::string other = failure([&] { servers::find_installed(toy(), "3", "", folder.path); });
  BOOST_TEST(other.find("there is 1.10, 1.9") != std::string::npos, other);
  const std::string none =
      failure([&] { servers::find_installed(toy(), "", "", folder.path / "none"); });
  BOOST_TEST(none.find("smtprig servers fetch toy") != std::string::npos, none);
}

BOOST_AUTO_TEST_CASE(a_program_without_a_version) {
  Folder folder;
  folder.write("root/usr/sbin/smtprig-toy", "#!/bin/sh\necho out of order >&2; exit 3\n", true);
  const std::string text = failure([&] { servers::program_version(toy(), folder.path / "root"); });
  BOOST_TEST(text.find("exit 3: out of order") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(built_in) {
  const model::ServerDescription description;
  BOOST_TEST(
      (servers::find_installed(description, "", "", "/none").origin == servers::Origin::built_in));
}

BOOST_AUTO_TEST_SUITE_END()
