// See envelope.hpp.
#include "harness/servers/embedded/envelope.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <charconv>
#include <vector>

namespace smtprig::embedded {
namespace {

using fakes::smtp::Parameter;
using fakes::smtp::Refusal;

std::optional<Refusal> bad_value(const Parameter& parameter) {
  return Refusal{501, "5.5.4", "bad value of " + parameter.keyword};
}

std::optional<Refusal> unknown(const Parameter& parameter) {
  return Refusal{555, "5.5.4", "parameter " + parameter.keyword + " is not known"};
}

std::optional<Refusal> check_size(const Parameter& parameter, const Limits& limits) {
  std::uint64_t bytes = 0;
  const char* end = parameter.value.data() + parameter.value.size();
  const auto read = std::from_chars(parameter.value.data(), end, bytes);
  if (read.ec != std::errc{} || read.ptr != end) return bad_value(parameter);
  if (bytes > limits.message_bytes_max) return Refusal{552, "5.3.4", "message too large"};
  return std::nullopt;
}

// RFC 3461 4.1: NEVER alone, or a list of the others.
bool read_notify(std::string_view value, Notify& notify) {
  notify = {.given = true, .failure = false};
  const std::string text = fakes::smtp::upper(value);
  if (text == "NEVER") return true;
  std::vector<std::string> words;
  boost::algorithm::split(words, text, boost::algorithm::is_any_of(","));
  for (const std::string& word : words) {
    if (word == "SUCCESS") {
      notify.success = true;
    } else if (word == "FAILURE") {
      notify.failure = true;
    } else if (word == "DELAY") {
      notify.delay = true;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Refusal> read_mail_parameters(const fakes::smtp::Path& path, const Limits& limits,
                                            MailOffers offers, Message& message) {
  for (const Parameter& parameter : path.parameters) {
    const std::string value = fakes::smtp::upper(parameter.value);
    if (parameter.keyword == "SIZE") {
      if (const auto refusal = check_size(parameter, limits)) return refusal;
    } else if (parameter.keyword == "BODY") {
      if (value != "7BIT" && value != "8BITMIME" && value != "BINARYMIME")
        return bad_value(parameter);
      message.eight_bit = value != "7BIT";
      message.binary = value == "BINARYMIME";
    } else if (parameter.keyword == "AUTH" && offers.auth) {
      // RFC 4954 5: nobody is trusted to name another, so every value means "<>", and what is
      // passed on names nobody.
      if (value.empty()) return bad_value(parameter);
    } else if (parameter.keyword == "SMTPUTF8") {
      if (!value.empty()) return bad_value(parameter);
      message.smtputf8 = true;
    } else if (parameter.keyword == "REQUIRETLS" && offers.requiretls) {
      if (!value.empty()) return bad_value(parameter);  // RFC 8689 2
      message.requiretls = true;
    } else if (parameter.keyword == "RET") {
      if (value != "FULL" && value != "HDRS") return bad_value(parameter);
      message.returned = value;
    } else if (parameter.keyword == "ENVID") {
      if (value.empty() || value.size() > 100) return bad_value(parameter);  // RFC 3461 4.4
      message.envelope_id = parameter.value;
    } else {
      return unknown(parameter);
    }
  }
  // RFC 6531 3.4
  if (!message.smtputf8 && !fakes::smtp::is_ascii(path.mailbox)) {
    return Refusal{550, "5.6.7", "SMTPUTF8 is needed for this address"};
  }
  message.sender = path.mailbox;
  return std::nullopt;
}

std::optional<Refusal> read_rcpt_parameters(const fakes::smtp::Path& path, const Message& message,
                                            Recipient& recipient) {
  for (const Parameter& parameter : path.parameters) {
    if (parameter.keyword == "NOTIFY") {
      if (!read_notify(parameter.value, recipient.notify)) return bad_value(parameter);
    } else if (parameter.keyword == "ORCPT") {
      const bool typed = parameter.value.find(';') != std::string::npos;
      if (!typed || parameter.value.size() > 500) return bad_value(parameter);  // RFC 3461 4.2
      recipient.original = parameter.value;
    } else {
      return unknown(parameter);
    }
  }
  if (domain_of(path.mailbox).empty()) {
    return Refusal{550, "5.1.1", "no mailbox lives here: a domain is needed"};
  }
  if (!message.smtputf8 && !fakes::smtp::is_ascii(path.mailbox)) {
    return Refusal{553, "5.6.7", "SMTPUTF8 is needed for this address"};
  }
  recipient.address = path.mailbox;
  return std::nullopt;
}

}  // namespace smtprig::embedded
