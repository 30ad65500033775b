// The runner of this executable; the suites are beside it.
#define BOOST_TEST_MODULE https
#include <boost/test/unit_test.hpp>
