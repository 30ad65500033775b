// The runner of this executable; the suites are beside it.
#define BOOST_TEST_MODULE https_session
#include <boost/test/unit_test.hpp>
