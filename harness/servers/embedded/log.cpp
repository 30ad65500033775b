// See log.hpp.
#include "harness/servers/embedded/log.hpp"

#include "harness/servers/embedded/key_value_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace smtprig::embedded {

// An address of RFC 6531 stands in the log as it is.
std::string escaped(std::string_view text, bool address) {
  const bool utf8 = address && is_utf8(text);
  std::string result;
  for (const char c : text) {
    const bool printable =
        (0x20 <= c && c < 0x7f && !(address && c == ' ')) || (utf8 && (c & 0x80) != 0);
    const bool special = c == '\\' || c == '"' || (address && (c == '<' || c == '>'));
    if (printable && !special) {
      result += c;
    } else if (c == '\\' || c == '"') {
      result += '\\';
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

void Log::line(std::string_view text) const {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const auto millis = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  sink_(fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {}", fmt::gmtime(system_clock::to_time_t(now)),
                    millis, text));
}

void Log::started(std::string_view listen, std::string_view policy,
                  std::string_view service) const {
  std::string text = fmt::format("started listen={}", listen);
  if (!policy.empty()) text += fmt::format(" policy={} service={}", policy, service);
  line(text);
}

void Log::stopped(std::size_t queued) const {
  line(fmt::format("stopped queued={}", queued));
}

void Log::queued(const Message& message) const {
  for (const Recipient& recipient : message.recipients) {
    line(fmt::format("queued id={} from=<{}> to=<{}> size={}", message.id,
                     escaped(message.sender, true), escaped(recipient.address, true),
                     message.content.size()));
  }
}

void Log::tls(const Attempt& attempt, std::string_view trust, std::string_view version,
              std::string_view cipher) const {
  line(fmt::format("tls id={} key={} relay={} trust={} version={} cipher={}", attempt.id,
                   attempt.key, attempt.relay, trust, version, cipher));
}

void Log::tls_in(std::string_view client, std::string_view trust, std::string_view version,
                 std::string_view cipher, std::string_view subject) const {
  line(fmt::format("tls-in client={} trust={} version={} cipher={} name=\"{}\"", client, trust,
                   version, cipher, escaped(subject)));
}

void Log::tried(const Attempt& attempt, const Failure& failure) const {
  line(fmt::format("tried id={} key={} relay={} status={} text=\"{}\"", attempt.id, attempt.key,
                   attempt.relay, failure.status, escaped(failure.text)));
}

void Log::decided(std::string_view event, const Attempt& attempt, std::string_view recipient,
                  std::string_view status, std::string_view text) const {
  line(fmt::format("{} id={} key={} to=<{}> relay={} status={} text=\"{}\"", event, attempt.id,
                   attempt.key, escaped(recipient, true),
                   attempt.relay.empty() ? "none" : attempt.relay, status, escaped(text)));
}

void Log::reported(std::string_view id, std::string_view notification) const {
  line(fmt::format("reported id={} as={}", id, notification));
}

void Log::removed(std::string_view id) const {
  line(fmt::format("removed id={}", id));
}

void Log::tls_report(std::string_view domain, std::string_view what) const {
  line(fmt::format("tls-report domain={} text=\"{}\"", escaped(domain, true), escaped(what)));
}

void Log::note(std::string_view text) const {
  line(fmt::format("note text=\"{}\"", escaped(text)));
}

}  // namespace smtprig::embedded
