// The one definition of main for the tests of fakes/attacker that need no socket.
#define BOOST_TEST_MODULE attacker
#include <boost/test/unit_test.hpp>
