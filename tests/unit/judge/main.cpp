// The judge is judged: every row of the oracle, every rule and every verdict, by table.
#define BOOST_TEST_MODULE judge
#include <boost/test/unit_test.hpp>
