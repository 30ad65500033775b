// "Did you mean".
#include <boost/test/unit_test.hpp>

#include "harness/xml/nearest.hpp"

namespace smtprig::xml {

BOOST_AUTO_TEST_CASE(nearest_names) {
  const std::vector<std::string> names{"starttls", "require-tls", "size", "dsn", "STARTTLS"};
  const std::vector<std::pair<std::string, std::string>> rows{
      {"startls", "starttls"},
      {"starttsl", "starttls"},
      {"Require_TLS", "require-tls"},
      {"requires-tls", "require-tls"},
      {"sise", "size"},
      {"ds", "dsn"},
      {"starttls", "STARTTLS"},
      {"x", ""},
      {"certificate", ""},
      {"", ""},
      {std::string(1000, 'a'), ""},
  };
  for (const auto& [wrong, right] : rows)
    BOOST_TEST_CONTEXT(wrong) {
      BOOST_TEST(nearest(wrong, names) == right);
    }
}

}  // namespace smtprig::xml
