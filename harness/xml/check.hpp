// Holds a document against the table: names, places, occurrence, values. What only the whole of a
// scenario can tell (references, duplicates, what cannot be reached) is the readers' part.
#pragma once

#include <string_view>

#include "harness/xml/problems.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml {

// Checks the document from its root, which must be `root`; false if it is another element, where no
// further problem is reported.
bool check(const Document& document, std::string_view root, Problems& problems);

}  // namespace smtprig::xml
