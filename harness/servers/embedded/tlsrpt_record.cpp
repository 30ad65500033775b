// See tlsrpt_record.hpp.
#include "harness/servers/embedded/tlsrpt_record.hpp"

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/key_value_text.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace smtprig::embedded {
namespace {

constexpr std::string_view tlsrpt_version = "v=TLSRPTv1";

int hex_digit(char c) {
  if (is_ascii_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The characters of RFC 3986 2, without those that RFC 8460 3 wants encoded: "," "!" ";".
bool is_uri_text(std::string_view text) {
  constexpr std::string_view others = "-._~:/?#[]@$&'()*+=";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size() || hex_digit(text[at + 1]) < 0 || hex_digit(text[at + 2]) < 0)
        return false;
    } else if (!is_ascii_alphanumeric(c) && others.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    decoded += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
    at += 2;
  }
  return decoded;
}

// 1 to 65535.
std::optional<std::uint16_t> port_from(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool good = error == std::errc{} && end == text.data() + text.size() && port > 0;
  return good ? std::optional(port) : std::nullopt;
}

// Fills in host and port; what is wrong.
std::string take_authority(std::string_view text, ReportUri& uri) {
  if (text.find('@') != std::string_view::npos) return "user information";
  // A port stands behind the bracket of an address.
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  uri.host = boost::algorithm::to_lower_copy(std::string(host));
  const bool literal =
      host.starts_with('[') && fakes::smtp::is_domain(host.find(':') == std::string_view::npos
                                                          ? std::string(host)
                                                          : "[IPv6:" + std::string(host.substr(1)));
  if (!literal && !is_host_name(host)) return "no host";
  if (colon == std::string_view::npos || colon + 1 == text.size()) return {};
  const auto port = port_from(text.substr(colon + 1));
  if (!port) return "no port";
  uri.port = *port;
  return {};
}

}  // namespace

boost::system::result<ReportUri, ReportUriProblem> report_uri_from(std::string_view text) {
  ReportUri uri;
  uri.text = text;
  if (!is_uri_text(text)) return ReportUriProblem{"characters that must be encoded"};
  const std::string_view without_fragment = text.substr(0, text.find('#'));
  constexpr std::string_view https = "https://";
  constexpr std::string_view mailto = "mailto:";
  if (boost::algorithm::istarts_with(without_fragment, mailto)) {
    uri.scheme = ReportUri::Scheme::mailto;
    const std::string_view to = without_fragment.substr(mailto.size());
    uri.mailbox = percent_decoded(to.substr(0, to.find('?')));
    if (!fakes::smtp::is_mailbox(uri.mailbox)) return ReportUriProblem{"no mailbox"};
    return uri;
  }
  if (!boost::algorithm::istarts_with(without_fragment, https))
    return ReportUriProblem{"neither https nor mailto"};
  const std::string_view rest = without_fragment.substr(https.size());
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  const std::string problem = take_authority(rest.substr(0, path), uri);
  if (!problem.empty()) return ReportUriProblem{problem};
  uri.target = rest.substr(path);
  if (!uri.target.starts_with('/')) uri.target.insert(0, 1, '/');
  return uri;
}

TlsrptRecord tlsrpt_record_from(const std::vector<std::vector<std::string>>& answer) {
  TlsrptRecord found;
  const auto record = the_one_record(answer, tlsrpt_version);
  if (!record) return {.reason = record.error().reason};
  const auto fields = fields_of(*record, tlsrpt_version);
  if (!fields) return {.reason = fields.error().reason};
  bool has_rua = false;
  for (const RecordField& field : *fields) {
    if (field.name == "rua" && !has_rua) {
      has_rua = true;
      std::string_view rest = field.value;
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view text = without_blanks(rest.substr(0, comma));
        auto uri = report_uri_from(text);
        if (uri) {
          found.rua.push_back(std::move(*uri));
        } else if (found.reason.empty()) {
          found.reason = fmt::format("rua \"{}\": {}", text, uri.error().reason);
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    } else if (field.name != "rua" && !is_field_value(field.value)) {
      return {.reason = fmt::format("the value of \"{}\" is not well-formed", field.name)};
    }
  }
  if (found.rua.empty() && found.reason.empty()) found.reason = "there is no rua";
  return found;
}

std::string tlsrpt_record_name(std::string_view domain) {
  return "_smtp._tls." + std::string(domain);
}

}  // namespace smtprig::embedded
