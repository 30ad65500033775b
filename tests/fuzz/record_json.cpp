// Records as a results file holds them, from any bytes: what is read without an exception is
// written as the same record again, and no record holds a hostile byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>

#include <boost/json.hpp>

#include "harness/model/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtprig;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (model::unescape(model::escape(text)) != text) std::abort();
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error) return 0;
  model::CellResult result;
  try {
    result = model::result_from_json(value);
  } catch (const std::exception&) {
    return 0;
  }
  const auto once = model::to_json(result);
  if (model::to_json(model::result_from_json(once)) != once) std::abort();
  for (const char c : boost::json::serialize(once))
    if (static_cast<unsigned char>(c) < 0x20) std::abort();
  return 0;
}
