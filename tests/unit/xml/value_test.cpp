// Types of values: one pattern for reader and schema.
#include <boost/test/unit_test.hpp>

#include <set>

#include "harness/model/outcome.hpp"
#include "harness/xml/table.hpp"
#include "harness/xml/value.hpp"

namespace smtprig::xml {

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(patterns) {
  struct Row {
    Type type;
    std::vector<const char*> good;
    std::vector<const char*> bad;
  };
  const std::vector<Row> rows{
      {Type::duration, {"0ms", "20ms", "5s", "1min"}, {"", "5", "ms", "-1s", "1.5s", "5 s"}},
      {Type::ordinals, {"1", "2-", "2-4"}, {"0", "-2", "a", "1-2-3", "1-0", "01"}},
      {Type::tls_range, {"1.0", "1.2-1.3"}, {"1", "1.4", "2.0", "1.2-", "TLS1.2"}},
      {Type::scenario_id,
       {"a/b", "tls/only-1-0", "a/b/c"},
       {"a", "a/", "/a", "A/b", "a/-b", "a/b.c"}},
      {Type::host_name, {"@", "mx1", "a.b-c"}, {"", ".", "mx.", "MX", "_a", "a..b", "-a"}},
      {Type::mx_target, {"@", ".", "mx1", "Mx.Example."}, {"", "..", "a..b", "mx 1"}},
      {Type::record_name, {"@", "_25._tcp.mx", "*.x", "a.b."}, {"", ".", "a b"}},
      {Type::question, {"MX @", "* @", "A mx1"}, {"MX", "mx @", "MX  @", "MX @ x", "** @"}},
      {Type::local_parts, {"a", "a.b+c bob", "a@b"}, {"", " a", "a@B.", "a@", "a..b", "<a>"}},
      {Type::escaped, {"a", "\\r\\n\\x0f\\0\\\\\\\"\\t"}, {"\\q", "\\x0", "\\"}},
      {Type::reply_line,
       {"250", "250 ok", "250-x", "454 4.7.0 x"},
       {"", "25", "hello", "250x", "150 x", "650 x"}},
      {Type::path_inside,
       {"a", "a/b.c", "a-b/_c"},
       {"/a", "../a", "a/../b", "a/./b", "a//b", ".a", "a/"}},
      {Type::path_absolute, {"/usr/sbin/x"}, {"a", "/", "/a//b"}},
      {Type::mode, {"755", "0730", "4755"}, {"8", "0999", "rwx"}},
      {Type::versions, {"3.7.11", "3.7-3.8", "3-", "-3.7"}, {"", "-", "3..7", "a", "3.7-3.8-3.9"}},
      {Type::status, {"5.1.10"}, {"550", "1.1.1", "5.1"}},
      {Type::glob, {"a/b/*", "cert/*/dane+mta-sts"}, {"", "A/*", "a b"}},
      {Type::url, {"https://example.org/x"}, {"ftp://x", "https://", "x"}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(info(row.type).name) {
      for (const char* value : row.good)
        BOOST_TEST(fits(row.type, value), value);
      for (const char* value : row.bad)
        BOOST_TEST((!fits(row.type, value) || (row.type == Type::ordinals && !ordinals(value))),
                   value);
    }
  }
}

BOOST_AUTO_TEST_CASE(meanings) {
  BOOST_TEST(duration("2min")->count() == 120'000);
  BOOST_TEST((*ordinals("2-") == fakes::Ordinals{2}));
  BOOST_TEST((*ordinals("3") == fakes::Ordinals{3, 3}));
  BOOST_TEST((tls_range("1.0-1.3")->max == fakes::TlsVersion::tls1_3));
  BOOST_TEST(*mode("0730") == 0730U);
  BOOST_TEST(*unescaped("\\x41\\\"b") == "A\"b");
  BOOST_TEST(versions("3.7-")->to == "");
  BOOST_TEST(regex_error("a(b)") == "");
  BOOST_TEST(regex_error("a(") != "");
  BOOST_TEST(captures("(a)(?P<x>b)") == (std::vector<std::string>{"", "x"}),
             boost::test_tools::per_element());
  BOOST_TEST(flowing(" a \n\t b ") == "a b");
}

// The table is sound: keys are unique, children exist, every word of the model is there.
BOOST_AUTO_TEST_CASE(table_is_sound) {
  std::set<std::string> keys;
  for (const auto& row : table()) {
    BOOST_TEST(keys.insert(row.key).second, row.key);
    BOOST_TEST(!row.doc.empty(), row.key);
    std::set<std::string> names;
    for (const auto& attribute : row.attributes) {
      BOOST_TEST(names.insert(attribute.name).second, row.key + " " + attribute.name);
      BOOST_TEST(!attribute.doc.empty(), row.key + " " + attribute.name);
      const bool wants_choices = attribute.type == Type::choice ||
                                 attribute.type == Type::choices || attribute.type == Type::alert;
      BOOST_TEST(wants_choices == !attribute.choices.empty(), row.key + " " + attribute.name);
    }
  }
  std::set<std::string> reached{"suite", "server", "known", "project"};
  for (const auto& row : table())
    for (const auto& child : row.children) {
      BOOST_TEST(keys.contains(child.key), child.key);
      reached.insert(child.key);
    }
  BOOST_TEST(reached.size() == keys.size());
  for (const auto& choice : delivery_choices())
    BOOST_TEST(model::delivery_named(choice.value).has_value());
  for (const auto& choice : channel_choices())
    BOOST_TEST(model::channel_named(choice.value).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml
