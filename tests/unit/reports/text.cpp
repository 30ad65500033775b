// Text that is safe to print, and the properties that every writer keeps whatever a peer sent.
#include "reports/text.hpp"

#include <boost/test/unit_test.hpp>

#include "reports/jsonl.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/terminal.hpp"
#include "sample.hpp"

#include <cstdint>
#include <sstream>
#include <string>

namespace smtprig::reports {
namespace {

BOOST_AUTO_TEST_CASE(safe_escapes_what_disturbs_a_reader) {
  const struct {
    const char* name;
    std::string input;
    std::string utf8;
    std::string ascii;
  } rows[] = {
      {"plain", "250 ok", "250 ok", "250 ok"},
      {"escape sequence", "\x1b[2J", "\\x1b[2J", "\\x1b[2J"},
      {"C1 control",
       "\xc2\x9b"
       "2J",
       "\\xc2\\x9b2J", "\\xc2\\x9b2J"},
      {"line ends", "a\r\nb", "a\\r\\nb", "a\\r\\nb"},
      {"NUL", std::string("a\0b", 3), "a\\x00b", "a\\x00b"},
      {"right-to-left override", "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae"},
      {"Arabic letter mark", "\xd8\x9c", "\\xd8\\x9c", "\\xd8\\x9c"},
      {"tag character", "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81"},
      {"not in XML", "\xef\xbf\xbf", "\\xef\\xbf\\xbf", "\\xef\\xbf\\xbf"},
      {"non-character", "\xf0\x9f\xbf\xbe", "\\xf0\\x9f\\xbf\\xbe", "\\xf0\\x9f\\xbf\\xbe"},
      {"invalid UTF-8", "\xff\xc0\xaf", "\\xff\\xc0\\xaf", "\\xff\\xc0\\xaf"},
      {"cut UTF-8", "\xe2\x82", "\\xe2\\x82", "\\xe2\\x82"},
      {"good UTF-8", "größe", "größe", "gr\\xc3\\xb6\\xc3\\x9fe"},
      {"backslash", "\\x1b", "\\\\x1b", "\\\\x1b"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(safe(row.input) == row.utf8);
      BOOST_TEST(safe(row.input, Charset::ascii) == row.ascii);
    }
  }
}

BOOST_AUTO_TEST_CASE(clipping_keeps_the_width) {
  BOOST_TEST(clipped("abcdef", 6, Cut::end, Charset::utf8) == "abcdef");
  BOOST_TEST(clipped("abcdefg", 6, Cut::end, Charset::utf8) == "abcde…");
  BOOST_TEST(clipped("abcdefg", 6, Cut::end, Charset::ascii) == "abcd..");
  BOOST_TEST(clipped("abcdefg", 6, Cut::middle, Charset::utf8) == "abc…fg");
  BOOST_TEST(clipped("äöüßäöü", 4, Cut::end, Charset::utf8) == "äöü…");
  BOOST_TEST(clipped("abc", 1, Cut::end, Charset::utf8) == "a");
  BOOST_TEST(clipped("abc", 0, Cut::middle, Charset::ascii) == "");
}

BOOST_AUTO_TEST_CASE(wrapping_keeps_the_words_and_the_width) {
  BOOST_TEST(wrapped("one two three", 20, 0, 2) == "one two three");
  BOOST_TEST(wrapped("aaaa bbbb cccc dddd", 12, 0, 2) == "aaaa bbbb\n  cccc dddd");
  BOOST_TEST(wrapped("aaaaaaaaaaaaaaaaaaaa", 12, 0, 2) == "aaaaaaaaaaaa\n  aaaaaaaa");
  BOOST_TEST(wrapped("aa bb", 4, 2, 0) == "aa bb");  // never below ten columns
}

// Each byte of `text` that is a control character but newline.
std::string controls(const std::string& text) {
  std::string found;
  for (const char byte : text)
    if (const auto value = static_cast<std::uint8_t>(byte);
        (value < 0x20 && value != '\n') || value == 0x7F)
      found += byte;
  return found;
}

BOOST_AUTO_TEST_CASE(no_writer_lets_hostile_bytes_through) {
  const auto run = sample_run();
  std::ostringstream lines;
  JsonLines writer(lines);
  writer.begin(run.facts);
  for (const auto& result : run.results)
    writer.add(result);
  const struct {
    const char* name;
    std::string text;
  } rows[] = {
      {"terminal", terminal(run, {})},
      {"junit", junit(run)},
      {"markdown", markdown(run)},
      {"jsonl", lines.str()},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(controls(row.text) == "");
      for (const char* bytes : {"\xe2\x80\xae", "\xd8\x9c", "\xef\xbf\xbf", "\xff", "\xc0\xaf"})
        BOOST_TEST(row.text.find(bytes) == std::string::npos);
    }
  }
}

// With colour, the only control characters are those of the SGR sequences of our own.
BOOST_AUTO_TEST_CASE(colour_adds_nothing_but_colour) {
  const auto run = sample_run();
  auto text = terminal(run, {.colour = true});
  for (auto at = text.find("\x1b["); at != std::string::npos; at = text.find("\x1b[", at)) {
    const auto end = text.find_first_not_of("0123456789;", at + 2);
    BOOST_REQUIRE(end != std::string::npos);
    BOOST_REQUIRE(text[end] == 'm');
    text.erase(at, end + 1 - at);
  }
  BOOST_TEST(controls(text) == "");
  BOOST_TEST(text == terminal(run, {}));
}

BOOST_AUTO_TEST_CASE(lines_fit_the_terminal) {
  for (const std::size_t columns : {60, 80, 100, 200}) {
    for (const auto charset : {Charset::utf8, Charset::ascii}) {
      std::istringstream lines(terminal(sample_run(), {.charset = charset, .columns = columns}));
      for (std::string line; std::getline(lines, line);) {
        const bool to_be_copied = line.find("run again") != std::string::npos;
        const bool table = line.find("% ") != std::string::npos ||
                           line.find("  authenticated") != std::string::npos;
        BOOST_TEST((to_be_copied || (table && columns < 80) || width(line) <= columns),
                   columns << " columns: " << line);
        if (charset == Charset::ascii)
          for (const char byte : line)
            BOOST_TEST(static_cast<std::uint8_t>(byte) < 0x80, line);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_run_is_reported) {
  Run run;
  run.end.exit_status = 4;
  BOOST_TEST(terminal(run, {.columns = 200}).find("\nExit status 4: nothing was selected.\n") !=
             std::string::npos);
  BOOST_TEST(junit(run).find("tests=\"0\"") != std::string::npos);
  BOOST_TEST(markdown(run).find("0 pass") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rerun_commands_are_quoted) {
  RunFacts facts;
  facts.command = "/opt/my rig/smtprig";
  facts.seed = 7;
  model::CellResult result;
  result.scenario = "cert/expired";
  result.cell = "cert/expired@postfix-3.7.11/verify";
  result.server = {"postfix", "3.7.11"};
  result.policy = model::Policy::verify;
  BOOST_TEST(rerun_command(facts, result) ==
             "'/opt/my rig/smtprig' run cert/expired --server postfix --policy verify --seed 7");
  result.attacker = model::Attacker::impostor_other_name;
  result.cell += "~impostor-other-name";
  facts.mutant = "it's";
  BOOST_TEST(rerun_command(facts, result) ==
             "'/opt/my rig/smtprig' run 'cert/expired@postfix-3.7.11/verify~impostor-other-name' "
             "--server postfix --seed 7 --mutant 'it'\\''s'");
  facts.resolver = "unbound-1.17.1";
  BOOST_TEST(rerun_command(facts, result).ends_with(" --seed 7 --dns signed --mutant 'it'\\''s'"));
  facts.sources = {"my file.xml", "--known", "k.xml"};
  BOOST_TEST(rerun_command(facts, result).ends_with(" 'my file.xml' --known k.xml"));
}

}  // namespace
}  // namespace smtprig::reports
