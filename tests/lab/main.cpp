// The executables of the lab tests. They are re-executed as init of a lab, so main looks at its
// arguments before Boost.Test does. Exit status 77: skipped, with what is missing.
#define BOOST_TEST_MODULE lab
#include <boost/test/unit_test.hpp>

#include <iostream>

#include "bodies.hpp"

int main(int argc, char** argv) {
  if (const auto status = smtprig::tests::run_as_asked(argc, argv)) return *status;
#ifdef SMTPRIG_TEST_ISOLATED
  if (const std::string obstacle = smtprig::tests::isolated_obstacle(); !obstacle.empty()) {
    std::cout << "skipped: no isolated lab: " << obstacle << '\n';
    return 77;
  }
#endif
  return boost::unit_test::unit_test_main(init_unit_test, argc, argv);
}
