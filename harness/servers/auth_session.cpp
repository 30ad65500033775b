// A user's name is told back only if no byte of it needs the protocol's escapes: it is a client's
// word, and only meant for the log.
#include "harness/servers/auth_session.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "fakes/smtp/sasl.hpp"

namespace smtprig::servers {
namespace {

constexpr std::size_t auth_line_bytes_max = 16'384;
constexpr std::size_t requests_max = 16;
constexpr std::size_t user_bytes_max = 255;

// What a mechanism is like, in the words of the protocol.
std::string_view properties(fakes::AuthMechanism mechanism) {
  switch (mechanism) {
    case fakes::AuthMechanism::plain:
    case fakes::AuthMechanism::login:
      return "\tplaintext";
    case fakes::AuthMechanism::cram_md5:
      return "\tdictionary\tactive";
    case fakes::AuthMechanism::xoauth2:
      break;
  }
  return "";
}

// The parameter that comes next, which is taken off.
std::string_view next_parameter(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\t'), rest.size());
  const std::string_view parameter = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return parameter;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == text.npos;
}

std::string fail(std::string_view id, std::string_view parameters) {
  return fmt::format("FAIL\t{}{}\n", id, parameters);
}

// "\tuser=..." of a name that can be told as it is.
std::string user_parameter(std::string_view user) {
  const bool plain = !user.empty() && user.size() <= user_bytes_max &&
                     std::ranges::all_of(user, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? fmt::format("\tuser={}", user) : std::string();
}

}  // namespace

AuthSession::AuthSession(const model::Account& account, std::uint32_t number)
    : account_(account), number_(number) {}

std::string AuthSession::greeting() const {
  std::string text = "VERSION\t1\t1\n";
  for (const fakes::AuthMechanism mechanism : fakes::smtp::auth_mechanisms)
    text += fmt::format("MECH\t{}{}\n", name(mechanism), properties(mechanism));
  // The cookie is for a master that shares the connection; there is none.
  text += fmt::format("SPID\t1\nCUID\t{0}\nCOOKIE\t{0:032x}\nDONE\n", number_);
  return text;
}

std::string AuthSession::take(std::string_view bytes) {
  std::string answers;
  while (!over_ && !bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    if (line_.size() + end > auth_line_bytes_max) {
      over_ = true;
      break;
    }
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) break;
    answers += take_line(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
  return answers;
}

std::string AuthSession::take_line(std::string_view line) {
  const std::string_view command = next_parameter(line);
  if (command == "VERSION") {
    versions_agree_ = next_parameter(line) == "1";  // the major one; minor ones may differ
    over_ = !versions_agree_;
    return {};
  }
  if (command == "AUTH") return start_request(line);
  if (command == "CONT") return continue_request(line);
  if (command == "CANCEL") {
    const auto request = find(line);
    if (request != requests_.end()) requests_.erase(request);
  }
  return {};
}

// AUTH id mechanism [name[=value]]... [resp=base64]
std::string AuthSession::start_request(std::string_view parameters) {
  const std::string_view id = next_parameter(parameters);
  if (!versions_agree_ || !is_request_id(id) || find(id) != requests_.end()) {
    over_ = true;
    return {};
  }
  const auto mechanism = fakes::smtp::auth_mechanism_named(next_parameter(parameters));
  if (!mechanism) return fail(id, "\treason=Unsupported authentication mechanism");

  std::string_view encoded;
  while (!parameters.empty()) {
    const std::string_view parameter = next_parameter(parameters);
    if (parameter.starts_with("resp=")) encoded = parameter.substr(5);
  }
  const auto response = fakes::smtp::from_base64(encoded);
  if (!response) return fail(id, "\treason=Invalid base64 data in initial response");

  if (requests_.size() >= requests_max) requests_.pop_front();
  const std::string nonce = fmt::format("{}.{}", number_, ++exchanges_);
  requests_.push_back(
      {std::string(id), Exchange(*mechanism, account_.user, account_.password, nonce)});
  const auto request = std::prev(requests_.end());
  return tell(request, request->exchange.begin(*response));
}

// CONT id base64
std::string AuthSession::continue_request(std::string_view parameters) {
  const std::string_view id = next_parameter(parameters);
  if (!versions_agree_ || !is_request_id(id)) {
    over_ = true;
    return {};
  }
  const auto request = find(id);
  if (request == requests_.end()) return fail(id, "\treason=No such request");
  const auto response = fakes::smtp::from_base64(parameters);
  if (!response) {
    requests_.erase(request);
    return fail(id, "\treason=Invalid base64 data in continued response");
  }
  return tell(request, request->exchange.next(*response));
}

std::string AuthSession::tell(std::list<Request>::iterator request, const Exchange::Step& step) {
  const std::string id = request->id;
  if (step.kind == Exchange::Step::Kind::challenge)
    return fmt::format("CONT\t{}\t{}\n", id, fakes::smtp::to_base64(step.text));
  requests_.erase(request);
  if (step.kind == Exchange::Step::Kind::accepted)
    return fmt::format("OK\t{}{}\n", id, user_parameter(step.text));
  return fail(id, user_parameter(step.text));
}

std::list<AuthSession::Request>::iterator AuthSession::find(std::string_view id) {
  return std::ranges::find(requests_, id, &Request::id);
}

}  // namespace smtprig::servers
