// Why mail did not go over TLS or did not go at all, in the words of RFC 8460 4.3: from what the
// receivers saw, and the server's own words where a receiver cannot see (a certificate that the
// client did not like). A failure that has nothing to do with TLS has no such word: Cause::none.
#pragma once

#include <string_view>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/attempts.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// Of the last attempt at which TLS failed.
model::Cause cause_of(const View& view, const std::vector<fakes::Event>& journal);

// What a server's reason speaks of, or nothing if it does not speak of a certificate or of TLS.
model::Cause cause_in_words(std::string_view reason);

}  // namespace smtprig::judge
