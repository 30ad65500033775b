// Results as JSON, for the pipe between lab and runner and for reports. Bytes that are not UTF-8 are
// written as U+FFFD in reports; the pipe keeps them (latin-1 in, latin-1 out).
#pragma once

#include <boost/json/value.hpp>

#include "harness/model/result.hpp"

namespace smtprig::model {

// The canonical part: equal for equal runs. Keys are in a fixed order.
boost::json::object canonical_json(const CellResult& result);
// Canonical and measured parts.
boost::json::object to_json(const CellResult& result);
boost::json::object to_json(const fakes::Event& event);

// Reads what to_json wrote; throws std::runtime_error naming the member that does not fit.
CellResult result_from_json(const boost::json::value& value);

}  // namespace smtprig::model
