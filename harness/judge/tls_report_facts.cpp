// See tls_report_facts.hpp.
#include "harness/judge/tls_report_facts.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "harness/judge/peer.hpp"
#include "harness/judge/sts.hpp"
#include "harness/model/sts.hpp"
#include "harness/model/tls_reporting.hpp"

namespace smtprig::judge {
namespace {

using model::Policy;

constexpr std::string_view starttls_not_supported = "starttls-not-supported";
constexpr std::string_view host_mismatch = "certificate-host-mismatch";
constexpr std::string_view not_trusted = "certificate-not-trusted";
constexpr std::string_view expired = "certificate-expired";
constexpr std::string_view validation_failure = "validation-failure";
constexpr std::string_view tlsa_invalid = "tlsa-invalid";
constexpr std::string_view dnssec_invalid = "dnssec-invalid";
constexpr std::string_view dane_required = "dane-required";
constexpr std::string_view fetch_error = "sts-policy-fetch-error";
constexpr std::string_view policy_invalid = "sts-policy-invalid";
constexpr std::string_view webpki_invalid = "sts-webpki-invalid";

// RFC 8460 4.3.3; RFC 8461 4 calls it a policy that fails to validate.
const ResultTypes not_named = {validation_failure, policy_invalid, host_mismatch};

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = std::min(text.find(separator), text.size());
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// "127.0.0.2" of "127.0.0.2:25", "fd00::1" of "[fd00::1]:25".
std::string without_port(const std::string& endpoint) {
  std::string address = endpoint.substr(0, endpoint.rfind(':'));
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  return address;
}

// Whether a lookup is answered as the records are; maybe: not always.
Truth answered(const model::Scenario& scenario, std::string_view name, std::string_view type) {
  Truth result = Truth::yes;
  for (const model::DnsFault& fault : scenario.dns_faults) {
    using enum fakes::DnsReply;
    const bool harmless =
        fault.reply == honest || fault.reply == truncated || fault.reply == insecure;
    if (fault.name != name || (fault.type != "*" && fault.type != type) || harmless) continue;
    result = std::min(result, fault.nth == fakes::Ordinals{} ? Truth::no : Truth::maybe);
  }
  return result;
}

// What may be said of a certificate that does not do. Where TLSA records decide, RFC 8460 has no
// name of its own for it: 4.3.1 has that of a host mismatch for the constraints of a DANE policy.
ResultTypes flaws_of(const CertificateFacts& certificate, bool by_tlsa) {
  ResultTypes flaws;
  if (by_tlsa) flaws = {host_mismatch, tlsa_invalid, not_trusted, validation_failure};
  if (certificate.expired) flaws.insert(expired);
  if (by_tlsa) return flaws;
  if (certificate.names_host != Truth::yes || certificate.common_name) flaws.insert(host_mismatch);
  if (certificate.not_yet_valid) flaws.merge(ResultTypes{expired, not_trusted, validation_failure});
  // 4.3.1: "certificate-not-trusted"; Postfix has the general one with a reason.
  const bool untrusted = certificate.trusted != Truth::yes || certificate.self_signed ||
                         certificate.odd_chain || certificate.forbidden || certificate.revoked ||
                         !certificate.for_servers || !certificate.presented ||
                         certificate.usable != Truth::yes;
  if (untrusted) flaws.merge(ResultTypes{not_trusted, validation_failure});
  return flaws;
}

class FactsReader {
 public:
  FactsReader(const model::Cell& cell, const DomainScene& scene) : cell_(cell), scene_(scene) {}

  ReportFacts read() {
    read_record();
    const Policy level = scene_.level;
    // RFC 8689: what a message says of TLS goes before what the domain asserts.
    const bool own_wish = std::ranges::any_of(
        scene_.facts.messages,
        [](const model::Message& each) { return each.requiretls || each.tls_optional; });
    const bool known =
        level == Policy::may || level == Policy::encrypt || knows_dane(level) || knows_sts(level);
    facts_.counted = known && !own_wish;
    if (!facts_.counted) return facts_;
    read_places();
    read_texts();
    read_policies();
    read_hosts();
    read_fetch();
    for (const Session& session : scene_.sessions)
      read_session(session);
    return facts_;
  }

 private:
  void read_record();
  void read_places();
  void read_texts();
  void read_policies();
  void read_hosts();
  void read_fetch();
  void read_session(const Session& session);
  void read_tested(const HostFacts& host);
  // Whether its one host is surely looked at, as nothing stands in the way.
  bool is_tried() const;
  // In the views of all messages.
  bool any_view(StsView::Mode mode) const;
  bool every_view(StsView::Mode mode) const;
  const HostFacts* host_of(const Session& session) const;
  ResultTypes flaws_at(const HostFacts& host) const;
  void failed(ResultTypes types, bool surely);
  // Failures of which no receiver sees how many there were.
  void failed_unseen(ResultTypes types, bool surely);

  const model::Cell& cell_;
  const DomainScene& scene_;
  ReportFacts facts_;
};

void FactsReader::read_record() {
  const model::Scenario& scenario = *cell_.scenario;
  const model::TlsReporting& reporting = *scenario.tlsrpt;
  const std::string domain = cell_.domain();
  facts_.wanted = std::min(answered(scenario, model::tls_reporting_owner, "TXT"),
                           leads_to(model::tls_reporting_records(scenario, domain),
                                    model::collector_uri(reporting, domain)));
  if (!reporting.published || reporting.reach != model::Reach::listens) return;
  // RFC 8460 3: errors of its certificate MAY be ignored.
  const auto certificate =
      certificate_facts(reporting.collector.https.certificate, model::Attacker::none,
                        std::string(model::tls_reporting_host));
  const bool good = satisfies(certificate, Policy::mta_sts) == Truth::yes;
  facts_.taken = std::min(answered(scenario, model::tls_reporting_host, "A"),
                          good ? Truth::yes : Truth::maybe);
}

void FactsReader::read_places() {
  for (const HostFacts& host : scene_.facts.hosts)
    facts_.hosts.insert(upper_case(host.mx_name));
  for (const Session& session : scene_.sessions)
    facts_.addresses.insert(without_port(session.address));
}

void FactsReader::read_texts() {
  for (const model::StsPublication& sts : cell_.scenario->sts)
    for (const fakes::PolicyAnswer& answer : sts.host.answers) {
      const std::string body = fakes::body_of(model::absolute_policy(answer, cell_.domain()));
      std::vector<std::string> lines;
      for (const std::string_view line : parts_of(body, '\n'))
        if (std::string text = without_any_blanks(line); !text.empty())
          lines.push_back(std::move(text));
      facts_.sts_policies.insert(std::move(lines));
    }
}

bool FactsReader::is_tried() const {
  const Facts& facts = scene_.facts;
  const bool routed = facts.mx == MxAnswer::records || facts.mx == MxAnswer::absent;
  return routed && facts.failing_lookups == 0 && facts.hosts.size() == 1 &&
         facts.hosts.front().address == Address::present;
}

bool FactsReader::any_view(StsView::Mode mode) const {
  return std::ranges::any_of(scene_.facts.sts, [mode](const auto& views) {
    return std::ranges::count(views, mode, &StsView::mode) != 0;
  });
}

bool FactsReader::every_view(StsView::Mode mode) const {
  return !scene_.facts.sts.empty() && std::ranges::all_of(scene_.facts.sts, [mode](
                                                                                const auto& views) {
    return std::ranges::all_of(views, [mode](const StsView& view) { return view.mode == mode; });
  });
}

void FactsReader::read_policies() {
  using enum StsView::Mode;
  const auto& hosts = scene_.facts.hosts;
  const auto has_records = [](const HostFacts& host) { return host.tlsa != TlsaState::none; };
  const bool dane = knows_dane(scene_.level), sts = knows_sts(scene_.level);
  const bool by_tlsa = dane && scene_.facts.mx_secure && !hosts.empty();
  bool surely =
      scene_.level == Policy::dane_only || (by_tlsa && std::ranges::all_of(hosts, has_records));
  if (scene_.level == Policy::dane_only || (dane && std::ranges::any_of(hosts, has_records)))
    facts_.policy_types.insert("tlsa");
  const bool published = std::ranges::any_of(cell_.scenario->sts, &model::StsPublication::record);
  if (sts && published) facts_.policy_types.insert("sts");
  surely = surely || (sts && (every_view(enforce) || every_view(testing)));
  if (!surely) facts_.policy_types.insert("no-policy-found");
}

// Hosts to which no connection is made.
void FactsReader::read_hosts() {
  using enum StsView::Mode;
  const bool secure = scene_.facts.mx_secure;
  for (const HostFacts& host : scene_.facts.hosts) {
    const bool dane = knows_dane(scene_.level) && secure;
    if (dane && host.tlsa == TlsaState::failed) failed_unseen({dnssec_invalid}, is_tried());
    if (scene_.level == Policy::dane_only && (!secure || host.tlsa == TlsaState::none))
      failed_unseen({dane_required}, is_tried());
    if (dane && host.tlsa == TlsaState::unusable)
      failed_unseen({tlsa_invalid, dane_required}, scene_.level == Policy::dane_only && is_tried());
    const bool by_tlsa = dane && host.tlsa != TlsaState::none;
    if (!knows_sts(scene_.level) || by_tlsa) continue;
    const auto leaves_out = [&](const StsView& view) {
      return view.mode == enforce && !sts_names(view, host.mx_name);
    };
    bool some = false, all = !scene_.facts.sts.empty();
    for (const auto& views : scene_.facts.sts) {
      some = some || std::ranges::any_of(views, leaves_out);
      all = all && std::ranges::all_of(views, leaves_out);
    }
    if (some) failed_unseen(not_named, all && is_tried());
  }
}

// RFC 8460 4.3.2.2: why the policy could not be had.
void FactsReader::read_fetch() {
  const auto& published = cell_.scenario->sts;
  if (!knows_sts(scene_.level) || published.empty()) return;
  const model::StsPublication& sts = published.front();
  if (published.size() > 1 || !sts.record) {
    failed_unseen({fetch_error, policy_invalid, webpki_invalid}, false);
    return;
  }
  const std::string host = model::sts_policy_host(sts.domain);
  const fakes::PolicyAnswer& answer = sts.host.answers.front();
  const auto certificate =
      certificate_facts(sts.host.https.certificate, model::Attacker::none, host);
  const StsPolicyText text =
      read_sts_policy(fakes::body_of(model::absolute_policy(answer, cell_.domain())));
  const Truth found = answered(*cell_.scenario, host, "A");
  const bool there = sts.published && sts.reach == model::Reach::listens && found == Truth::yes;
  // Where TLSA records settle it, nobody need look for a policy.
  const bool asked = scene_.level == Policy::mta_sts && is_tried();
  if (!there) return failed_unseen({fetch_error}, asked && found != Truth::maybe);
  if (!sts.host.https.rules.empty() || answer.delay.count() > 0)
    return failed_unseen({fetch_error, webpki_invalid}, false);
  const Truth named = satisfies(certificate, Policy::mta_sts);
  if (named != Truth::yes || certificate.common_name)
    return failed_unseen({webpki_invalid}, asked && named == Truth::no);
  if (answer.status != 200) return failed_unseen({fetch_error}, asked);
  if (text.valid != Truth::yes)
    return failed_unseen({policy_invalid}, asked && text.valid == Truth::no);
  if (answer.content_type != "text/plain") failed_unseen({policy_invalid, fetch_error}, false);
}

const HostFacts* FactsReader::host_of(const Session& session) const {
  const auto found = std::ranges::find(scene_.facts.hosts, session.host, &HostFacts::name);
  return found == scene_.facts.hosts.end() ? nullptr : &*found;
}

ResultTypes FactsReader::flaws_at(const HostFacts& host) const {
  const bool by_tlsa =
      knows_dane(scene_.level) && scene_.facts.mx_secure && host.tlsa != TlsaState::none;
  ResultTypes flaws = flaws_of(host.certificate, by_tlsa);
  if (host.second) flaws.merge(flaws_of(host.second->certificate, by_tlsa));
  for (const ShownFacts& shown : host.chosen)
    flaws.merge(flaws_of(shown.certificate, by_tlsa));
  return flaws;
}

void FactsReader::failed(ResultTypes types, bool surely) {
  ++facts_.failures.most;
  if (surely) {
    ++facts_.failures.least;
    facts_.expected.push_back(types);
  }
  facts_.result_types.merge(types);
}

void FactsReader::failed_unseen(ResultTypes types, bool surely) {
  facts_.failures.most = std::numeric_limits<std::uint64_t>::max() / 2;
  if (surely) {
    ++facts_.failures.least;
    facts_.expected.push_back(types);
  }
  facts_.result_types.merge(types);
}

void FactsReader::read_session(const Session& session) {
  const HostFacts* host = host_of(session);
  const Command* hello = session.command("EHLO");
  if (!host || session.shared || !hello || hello->code != 250) {
    // 4.3.4: what is transient is not required to be reported.
    ++facts_.successes.most;
    return failed({validation_failure, starttls_not_supported}, false);
  }
  const Command* starttls = session.command("STARTTLS");
  if (!starttls) {
    const bool offered = std::ranges::any_of(session.commands, [](const Command& command) {
      return is_hello(command.verb) && announces(command.lines, "STARTTLS");
    });
    if (!offered) failed({starttls_not_supported}, true);
    return;
  }
  if (starttls->code >= 400) return failed({starttls_not_supported, validation_failure}, true);
  const ResultTypes flaws = flaws_at(*host);
  if (!session.tls()) {
    ResultTypes types = flaws;
    types.insert(validation_failure);
    return failed(std::move(types), starttls->code / 100 == 2);
  }
  const bool by_tlsa = knows_dane(scene_.level) && host->tlsa != TlsaState::none;
  const bool tested = knows_sts(scene_.level) && !by_tlsa && any_view(StsView::Mode::testing);
  if (session.command("MAIL") == nullptr) {
    if (!session.faults.empty()) ++facts_.successes.most;
    ResultTypes types = flaws;
    if (types.empty()) types.insert(validation_failure);
    return failed(std::move(types), session.faults.empty());
  }
  if (tested) return read_tested(*host);
  ++facts_.successes.least;
  ++facts_.successes.most;
}

// RFC 8461 5: of a policy in testing the failures are told, and mail goes all the same.
void FactsReader::read_tested(const HostFacts& host) {
  const bool surely = every_view(StsView::Mode::testing);
  const bool named = std::ranges::all_of(scene_.facts.sts, [&](const auto& views) {
    return std::ranges::all_of(views,
                               [&](const StsView& view) { return sts_names(view, host.mx_name); });
  });
  const Truth good = std::min(satisfies(host.certificate, Policy::mta_sts),
                              host.certificate.common_name ? Truth::maybe : Truth::yes);
  ++facts_.successes.most;
  if (named && good == Truth::yes) {
    ++facts_.successes.least;
    return;
  }
  ResultTypes types = flaws_at(host);
  if (!named) types.insert(not_named.begin(), not_named.end());
  // Whether a session with a host that is not named is one more failure is not said.
  if (surely && named && good == Truth::no) --facts_.successes.most;
  failed(std::move(types), surely && (!named || good == Truth::no));
}

}  // namespace

std::string without_any_blanks(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept),
                       [](char c) { return c != ' ' && c != '\t' && c != '\r'; });
  return kept;
}

Truth leads_to(const std::vector<std::string>& records, std::string_view uri) {
  constexpr std::string_view version = "v=TLSRPTv1";
  std::vector<Truth> found;
  for (const std::string& record : records) {
    if (!record.starts_with(version)) continue;
    const auto fields = parts_of(std::string_view(record).substr(version.size()), ';');
    if (!fields.front().empty() || fields.size() < 2) continue;
    // The grammar allows blanks before the semicolon, the rule that discards others does not.
    Truth leads = Truth::no;
    for (const std::string_view field : fields)
      if (field.starts_with("rua="))
        for (const std::string_view each : parts_of(field.substr(4), ','))
          if (each == uri) leads = Truth::yes;
    const bool close = record[version.size()] == ';';
    found.push_back(close ? leads : std::min(leads, Truth::maybe));
  }
  return found.size() == 1 ? found.front() : Truth::no;
}

ReportFacts report_facts(const model::Cell& cell, const DomainScene& scene) {
  return FactsReader(cell, scene).read();
}

}  // namespace smtprig::judge
