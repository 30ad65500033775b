// Lists: the JSON is a contract with programs, so it is written out here.
#include <boost/test/unit_test.hpp>

#include "harness/cli/listing.hpp"

#include <boost/json.hpp>

namespace smtprig::cli {
namespace {

Listed listed(const std::string& summary) {
  auto scenario = std::make_shared<model::Scenario>();
  scenario->id = "cert/expired";
  scenario->summary = summary;
  scenario->clause = "RFC 8461 4.2";
  scenario->level = "MUST";
  scenario->location = {"a \"b\".xml", 12, 3};
  return {scenario, {"cert/expired@embedded/may", "cert/expired@embedded/verify"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listing)

BOOST_AUTO_TEST_CASE(scenarios_as_json) {
  BOOST_TEST(scenarios_json({}) == "[\n]\n");
  BOOST_TEST(scenarios_json({listed("One."), listed("Two.")}) ==
             "[\n"
             R"({"id":"cert/expired","direction":"outbound","summary":"One.",)"
             R"("clause":"RFC 8461 4.2","level":"MUST","ref":"","file":"a \"b\".xml","line":12,)"
             R"("cells":["cert/expired@embedded/may","cert/expired@embedded/verify"]})"
             ",\n"
             R"({"id":"cert/expired","direction":"outbound","summary":"Two.",)"
             R"("clause":"RFC 8461 4.2","level":"MUST","ref":"","file":"a \"b\".xml","line":12,)"
             R"("cells":["cert/expired@embedded/may","cert/expired@embedded/verify"]})"
             "\n]\n");
}

BOOST_AUTO_TEST_CASE(whatever_a_file_says_the_json_is_ascii) {
  const struct {
    const char* name;
    std::string text;
    const char* written;
    std::string read;
  } rows[] = {
      {"plain", "a \\ \"b\" /", R"(a \\ \"b\" /)", "a \\ \"b\" /"},
      {"lines", "a\nb\tc\r", R"(a\nb\tc\r)", "a\nb\tc\r"},
      {"control", std::string("\0\x1b[2J\x7f", 6), R"(\u0000\u001b[2J\u007f)",
       std::string("\0\x1b[2J\x7f", 6)},
      {"C1 control", "\xC2\x9B", R"(\u009b)", "\xC2\x9B"},
      {"turns the direction", "\xE2\x80\xAE", R"(\u202e)", "\xE2\x80\xAE"},
      {"letters", "\xC3\xA9", R"(\u00e9)", "\xC3\xA9"},
      {"beyond 16 bits", "\xF0\x9F\x93\xA7", R"(\ud83d\udce7)", "\xF0\x9F\x93\xA7"},
      {"no UTF-8", "a\xFFz", R"(a\ufffdz)", "a\xEF\xBF\xBDz"},
      {"cut short", "a\xE2\x80", R"(a\ufffd\ufffd)", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"overlong", "\xC0\x80", R"(\ufffd\ufffd)", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate", "\xED\xA0\x80", R"(\ufffd\ufffd\ufffd)",
       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto text = scenarios_json({listed(row.text)});
      BOOST_TEST(text.find(std::string("\"summary\":\"") + row.written + "\"") != text.npos, text);
      const auto value = boost::json::parse(text);
      BOOST_TEST(value.at(0).at("summary").as_string() == row.read);
      BOOST_TEST(
          std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 32 && c < 127); }));
    }
  }
}

BOOST_AUTO_TEST_CASE(scenarios_as_text) {
  BOOST_TEST(short_text({listed("One.\x1b[2J")}) == "cert/expired  One.\\x1b[2J\n");
  BOOST_TEST(long_text({listed("One.")}) ==
             "cert/expired\n    One.\n    RFC 8461 4.2 (MUST)\n    a \"b\".xml:12\n"
             "    cert/expired@embedded/may\n    cert/expired@embedded/verify\n");
}

BOOST_AUTO_TEST_CASE(servers) {
  const std::vector<ListedServer> list = {
      {.name = "embedded", .origin = "built-in", .summary = "Small.", .policies = {"none", "may"}},
      {.name = "postfix",
       .version = "3.7.11",
       .origin = "cache",
       .root = "/c",
       .package = "postfix",
       .summary = "Big.",
       .policies = {"may"}},
      {.name = "exim", .version = "4.97", .origin = "system", .package = "exim4"},
      {.name = "haraka", .package = "haraka"},
      {.name = "own"}};
  BOOST_TEST(servers_text(list) ==
             "server    version  where                                    policies\n"
             "embedded  -        built in                                 none may\n"
             "postfix   3.7.11   /c                                       may\n"
             "exim      4.97     the system                               \n"
             "haraka    -        not found: smtprig servers fetch haraka  \n"
             "own       -        not found                                \n");
  BOOST_TEST(servers_json({list[1], list[3]}) ==
             "[\n"
             R"({"name":"postfix","version":"3.7.11","origin":"cache","root":"/c",)"
             R"("package":"postfix","summary":"Big.","policies":["may"]})"
             ",\n"
             R"({"name":"haraka","version":"","origin":"","root":"","package":"haraka",)"
             R"("summary":"","policies":[]})"
             "\n]\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::cli
