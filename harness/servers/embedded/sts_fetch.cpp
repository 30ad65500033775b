// See sts_fetch.hpp.
#include "harness/servers/embedded/sts_fetch.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {
namespace {

StsFetch no_fetch(std::string cause, std::string reason) {
  return {.cause = std::move(cause), .reason = std::move(reason)};
}

}  // namespace

StsFetch sts_policy_from(const HttpsAnswer& answer, const Mutants& mutants) {
  const std::string fetch_error = "sts-policy-fetch-error";
  if (answer.kind == HttpsAnswer::Kind::certificate)
    return no_fetch("sts-webpki-invalid", answer.reason);
  if (answer.kind == HttpsAnswer::Kind::failed) return no_fetch(fetch_error, answer.reason);
  // RFC 8461 3.3: 200 alone is valid.
  if (answer.status != 200 && !mutants.takes_sts_by_any_status)
    return no_fetch(fetch_error, fmt::format("status {}", answer.status));
  // RFC 8461 3.2 (SHOULD).
  if (!is_sts_media_type(answer.content_type))
    return no_fetch("sts-policy-invalid", fmt::format("media type \"{}\"", answer.content_type));
  auto policy = parse_sts_policy(answer.body);
  if (!policy) return no_fetch("sts-policy-invalid", policy.error().text());
  return {.policy = std::move(*policy)};
}

boost::asio::awaitable<StsFetch> fetch_sts_policy(std::string domain,
                                                  std::vector<boost::asio::ip::address> addresses,
                                                  std::uint16_t port, HttpsSettings settings,
                                                  Mutants mutants) {
  HttpsRequest request;
  request.host = sts_policy_host(domain);
  request.addresses = std::move(addresses);
  request.port = port;
  request.target = sts_policy_path;
  request.verifies = !mutants.trusts_any_policy_host;
  settings.body_bytes_max = sts_policy_bytes_max;
  HttpsAnswer answer = co_await https_exchange(request, settings);
  if (mutants.follows_sts_redirects && answer.status / 100 == 3 && !answer.location.empty()) {
    request.target = answer.location;
    answer = co_await https_exchange(std::move(request), std::move(settings));
  }
  co_return sts_policy_from(answer, mutants);
}

}  // namespace smtprig::embedded
