// Reports of TLS sessions from anybody, packed and plain. Checked: what is taken is written as the
// same report again, unpacking keeps its bound, and what is refused has a reason.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "fakes/https/collector.hpp"
#include "fakes/https/gzip.hpp"
#include "harness/model/tls_report.hpp"

namespace {

using namespace smtprig;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t json_bytes_max = 100'000;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto packed = fakes::https::report_from("application/tlsrpt+gzip", text, json_bytes_max);
  require(packed.json.size() <= json_bytes_max);
  require(packed.json.empty() || packed.problem.empty());
  const auto back = fakes::https::gunzip(fakes::https::gzip(text), size);
  require(back && *back == text);
  const auto report =
      model::tls_report_from(packed.json.empty() ? text : std::string_view(packed.json));
  if (!report) {
    require(!report.error().reason.empty());
    return 0;
  }
  const auto again = model::tls_report_from(boost::json::serialize(model::to_json(*report)));
  require(again && *again == *report);
  return 0;
}
