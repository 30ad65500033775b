// The executable's start: cases for shipped scenarios can only be made when it runs.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace {

bool add_cases() {
  auto& all = boost::unit_test::framework::master_test_suite();
  all.p_name.value = "xml";
  all.add(smtprig::xml::test::shipped_cases());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  return boost::unit_test::unit_test_main(add_cases, count, arguments);
}
