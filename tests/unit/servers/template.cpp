// Placeholders: what is put in, and that everything else that a brace begins is refused with its
// line.
#include "harness/servers/template.hpp"

#include <boost/test/unit_test.hpp>

using namespace smtprig;
using servers::render;
using servers::Values;

namespace {
const Values values = {{"dir", "/x"}, {"dns-port", "53"}, {"brace", "{dir}"}, {"empty", ""}};
}

BOOST_AUTO_TEST_SUITE(template_text)

BOOST_AUTO_TEST_CASE(renders) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"plain $name } text", "plain $name } text"},
      {"{dir}", "/x"},
      {"a{dir}b{dns-port}{empty}c", "a/xb53c"},
      {"{{dir}", "{dir}"},
      {"{{{dir}}", "{/x}"},
      {"{brace}", "{dir}"},  // a value is not looked into
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(render(text, values, "t") == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses) {
  const std::pair<const char*, const char*> rows[] = {
      {"{nothing}", "line 1: unknown placeholder {nothing}"},
      {"a\nb\n {dri}", "line 3: unknown placeholder {dri}"},
      {"{", "line 1: \"{\" begins no placeholder"},
      {"\n{ dir }", "line 2: \"{\" begins no placeholder"},
      {"{}", "begins no placeholder"},
      {"{dir\n}", "begins no placeholder"},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      try {
        render(text, values, "main.cf");
        BOOST_ERROR("rendered");
      } catch (const lab::LabError& error) {
        BOOST_TEST(error.step == "render main.cf");
        BOOST_TEST(error.detail.find(expected) != std::string::npos, error.detail);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
