// The unit tests of harness/cli.
#define BOOST_TEST_MODULE cli
#include <boost/test/unit_test.hpp>
