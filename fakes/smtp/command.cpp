// See command.hpp. Each reader takes its part off the front of the text that is left and says
// whether it was there.
#include "fakes/smtp/command.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace smtprig::fakes::smtp {

namespace {

using namespace std::string_view_literals;
using boost::system::result;

constexpr std::array<std::pair<std::string_view, Verb>, 21> verbs{{
    {"EHLO", Verb::ehlo},         {"HELO", Verb::helo},  {"LHLO", Verb::lhlo},
    {"STARTTLS", Verb::starttls}, {"AUTH", Verb::auth},  {"MAIL", Verb::mail},
    {"RCPT", Verb::rcpt},         {"DATA", Verb::data},  {"RSET", Verb::rset},
    {"NOOP", Verb::noop},         {"VRFY", Verb::vrfy},  {"QUIT", Verb::quit},
    {"BDAT", Verb::bdat},         {"EXPN", Verb::known}, {"HELP", Verb::known},
    {"ETRN", Verb::known},        {"TURN", Verb::known}, {"BURL", Verb::known},
    {"SEND", Verb::known},        {"SOML", Verb::known}, {"SAML", Verb::known},
}};

bool alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool utf8(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool space(char c) {
  return c == ' ' || c == '\t';
}

bool atext(char c) {
  return alpha(c) || digit(c) || utf8(c) ||
         "!#$%&'*+-/=?^_`{|}~"sv.find(c) != std::string_view::npos;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && upper(text.substr(0, word.size())) == word;
}

// Dot-string = Atom *("." Atom); its length, 0 if there is none.
std::size_t dot_string(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && (atext(text[size]) || text[size] == '.'))
    ++size;
  std::string_view word = text.substr(0, size);
  bool atom_is_empty =
      word.starts_with('.') || word.ends_with('.') || word.find("..") != std::string_view::npos;
  return atom_is_empty ? 0 : size;
}

// Quoted-string = DQUOTE *(qtextSMTP / "\" %d32-126) DQUOTE; its length, 0 if there is none.
std::size_t quoted_string(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
    if (at == text.size() || (!utf8(text[at]) && (text[at] < 32 || text[at] > 126))) return 0;
  }
  return 0;
}

std::size_t local_part(std::string_view text) {
  return text.starts_with('"') ? quoted_string(text) : dot_string(text);
}

// Domain = sub-domain *("." sub-domain); its length, 0 if there is none.
std::size_t domain_name(std::string_view text) {
  std::size_t size = 0;
  char before = '.';
  for (; size < text.size(); before = text[size++]) {
    char c = text[size];
    bool letter = alpha(c) || digit(c) || utf8(c);
    if (!letter && c != '-' && c != '.') break;
    if (before == '.' && !letter) return 0;
    if (before == '-' && c == '.') return 0;
  }
  return before == '.' || before == '-' ? 0 : size;
}

// address-literal (RFC 5321 4.1.3); its length, 0 if there is none.
std::size_t address_literal(std::string_view text) {
  std::size_t end = text.find(']');
  if (!text.starts_with('[') || end == std::string_view::npos) return 0;
  std::string inner(text.substr(1, end - 1));
  std::array<unsigned char, sizeof(in6_addr)> address{};
  bool valid = starts_with_word(inner, "IPV6:")
                   ? inet_pton(AF_INET6, inner.c_str() + 5, address.data()) == 1
                   : inet_pton(AF_INET, inner.c_str(), address.data()) == 1;
  return valid ? end + 1 : 0;
}

std::size_t domain(std::string_view text) {
  return text.starts_with('[') ? address_literal(text) : domain_name(text);
}

// A-d-l ":" ; its length, 0 if there is none.
std::size_t source_route(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '@') {
    std::size_t size = domain(text.substr(at + 1));
    if (size == 0) return 0;
    at += 1 + size;
    if (at < text.size() && text[at] == ':') return at + 1;
    if (at < text.size() && text[at] == ',') ++at;
  }
  return 0;
}

std::size_t mailbox(std::string_view text) {
  std::size_t local = local_part(text);
  if (local == 0 || local >= text.size() || text[local] != '@') return 0;
  std::size_t host = domain(text.substr(local + 1));
  return host == 0 ? 0 : local + 1 + host;
}

std::string_view domain_of(std::string_view address) {
  std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

bool within_limits(std::string_view address) {
  std::string_view host = domain_of(address);
  std::size_t local = address.size() - (host.empty() ? 0 : host.size() + 1);
  return local <= local_part_bytes_max && host.size() <= domain_bytes_max &&
         address.size() + 2 <= path_bytes_max;
}

// esmtp-param = esmtp-keyword ["=" esmtp-value]
std::optional<Parameter> parse_parameter(std::string_view word) {
  std::size_t equals = word.find('=');
  std::string_view keyword = word.substr(0, equals);
  bool valid = !keyword.empty() && keyword.front() != '-';
  for (char c : keyword)
    valid = valid && (alpha(c) || digit(c) || c == '-');
  if (equals == std::string_view::npos) {
    if (!valid) return std::nullopt;
    return Parameter{upper(keyword), {}};
  }
  std::string_view value = word.substr(equals + 1);
  // The syntax excludes "=" from values, but real clients send AUTH and ENVID that hold it.
  for (char c : value)
    valid = valid && (utf8(c) || (c >= 33 && c <= 126));
  if (!valid || value.empty()) return std::nullopt;
  return Parameter{upper(keyword), std::string(value)};
}

result<std::vector<Parameter>, Refusal> parse_parameters(std::string_view text) {
  std::vector<Parameter> parameters;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    std::size_t size = std::min(text.find(' '), text.size());
    std::optional<Parameter> parameter = parse_parameter(text.substr(0, size));
    if (!parameter) return Refusal{501, "5.5.4", "Syntax: bad parameter"};
    for (const Parameter& other : parameters)
      if (other.keyword == parameter->keyword)
        return Refusal{501, "5.5.4", "Syntax: parameter given twice"};
    parameters.push_back(std::move(*parameter));
    text.remove_prefix(size);
  }
  return parameters;
}

struct PathRules {
  std::string_view prefix;    // "FROM:"
  std::string_view enhanced;  // of a bad address: 5.1.7 of the sender, 5.1.3 of the recipient
  bool null_allowed = false;
  bool postmaster_allowed = false;
};

result<Path, Refusal> parse_path(std::string_view text, const PathRules& rules) {
  if (!starts_with_word(text, rules.prefix))
    return Refusal{501, "5.5.4", "Syntax: expected " + std::string(rules.prefix) + "<address>"};
  text = trim(text.substr(rules.prefix.size()));
  Refusal bad_address{501, std::string(rules.enhanced), "Bad address syntax"};
  if (!text.starts_with('<')) return bad_address;
  text.remove_prefix(1);
  text.remove_prefix(source_route(text));

  std::size_t size = mailbox(text);
  constexpr std::string_view postmaster = "POSTMASTER";
  if (size == 0 && rules.postmaster_allowed && starts_with_word(text, postmaster))
    size = postmaster.size();
  if (size == 0 && !rules.null_allowed) return bad_address;
  Path path;
  path.mailbox = text.substr(0, size);
  text.remove_prefix(size);
  if (!text.starts_with('>')) return bad_address;
  text.remove_prefix(1);
  if (!within_limits(path.mailbox))
    return Refusal{501, std::string(rules.enhanced), "Path too long"};  // RFC 5321 4.5.3.1.10

  if (!text.empty() && !space(text.front()))
    return Refusal{501, "5.5.4", "Syntax: expected a space behind the path"};
  auto parameters = parse_parameters(text);
  if (!parameters) return parameters.error();
  path.parameters = std::move(*parameters);
  return path;
}

}  // namespace

Command parse_command(std::string_view line) {
  Command command;
  line = trim(line);
  std::size_t size = std::min(line.find_first_of(" \t"), line.size());
  command.name = line.substr(0, size);
  command.argument = trim(line.substr(size));
  std::string name = upper(command.name);
  for (const auto& [word, verb] : verbs)
    if (word == name) command.verb = verb;
  return command;
}

const Parameter* Path::find(std::string_view keyword) const {
  for (const Parameter& parameter : parameters)
    if (parameter.keyword == keyword) return &parameter;
  return nullptr;
}

result<Path, Refusal> parse_mail(std::string_view argument) {
  PathRules rules{.prefix = "FROM:", .enhanced = "5.1.7", .null_allowed = true};
  return parse_path(argument, rules);
}

result<Path, Refusal> parse_rcpt(std::string_view argument) {
  PathRules rules{.prefix = "TO:", .enhanced = "5.1.3", .postmaster_allowed = true};
  return parse_path(argument, rules);
}

bool is_mailbox(std::string_view text) {
  return !text.empty() && mailbox(text) == text.size() && within_limits(text);
}

bool is_domain(std::string_view text) {
  return !text.empty() && domain(text) == text.size() && text.size() <= domain_bytes_max;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), utf8);
}

std::optional<ChunkSize> parse_chunk_size(std::string_view argument) {
  ChunkSize size;
  const char* end = argument.data() + argument.size();
  const auto [rest, failed] = std::from_chars(argument.data(), end, size.bytes);
  if (failed != std::errc{}) return std::nullopt;
  const std::string_view marker(rest, static_cast<std::size_t>(end - rest));
  if (marker.empty()) return size;
  size.last = true;
  const bool good = space(marker.front()) && upper(trim(marker)) == "LAST";
  return good ? std::optional(size) : std::nullopt;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace smtprig::fakes::smtp
