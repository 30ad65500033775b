// Results as JSON, for the pipe between lab and runner and for reports. Text that may come from a
// peer is written with C escapes (backslash doubled, control characters and bytes that are not
// printable ASCII or valid UTF-8 as \xHH), so that a record never holds hostile bytes and loses
// none.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "harness/model/result.hpp"

namespace smtprig::model {

// What is made lies in `memory`, which may be a json::monotonic_resource that outlives it: a record
// is some hundred small values that go together.

// The canonical part: equal for equal runs. Members are in a fixed order; what differs between two
// runs with the same seed (addresses, the server's free text) is left out.
boost::json::object canonical_json(const CellResult& result, boost::json::storage_ptr memory = {});
// Canonical and measured parts: {"cell": ..., ..., "measured": {"took_us", "journal", ...}}.
boost::json::object to_json(const CellResult& result, boost::json::storage_ptr memory = {});
boost::json::object to_json(const fakes::Event& event, boost::json::storage_ptr memory = {});

// Reads what to_json wrote; throws std::runtime_error naming what does not fit.
CellResult result_from_json(const boost::json::value& value);

// The C escapes described above, and back. unescape leaves malformed escapes as they are.
std::string escape(std::string_view bytes);
std::string unescape(std::string_view text);

}  // namespace smtprig::model
