// See stage.hpp.
#include "harness/run/stage.hpp"

#include <fmt/format.h>

#include "fakes/attacker/stripper.hpp"
#include "fakes/tls/tlsa.hpp"
#include "harness/model/account.hpp"
#include "harness/model/attack.hpp"
#include "harness/model/sts.hpp"
#include "harness/model/tls_reporting.hpp"

namespace smtprig::run {
namespace {

using fakes::CertificateClass;
using model::Attacker;

std::shared_ptr<const fakes::tls::Identity> identity_of(const model::Cell& cell,
                                                        const model::Host& host,
                                                        CertificateClass what, Attacker attacker,
                                                        fakes::tls::Authority& authority) {
  const auto domain = cell.domain();
  const fakes::tls::Names names{model::absolute(host.name, domain), domain};
  if (model::is_impostor(attacker))
    return authority.issue_impostor(model::shown_under(attacker, what), names);
  return authority.with_staple(authority.issue(what, names), host.receiver.staple);
}

// All that the receiver ever shows.
std::vector<CertificateClass> classes_of(const fakes::ReceiverSpec& receiver) {
  std::vector<CertificateClass> all{receiver.certificate};
  if (receiver.second_certificate) all.push_back(*receiver.second_certificate);
  for (const auto& each : receiver.certificates)
    all.push_back(each.certificate);
  return all;
}

// Record data that is itself a name gets the cell's domain, as in a zone file.
std::string absolute_data(const model::DnsRecord& record, std::string_view domain) {
  if (record.type == "MX") {
    const auto space = record.data.find(' ') + 1;
    return record.data.substr(0, space) + model::absolute(record.data.substr(space), domain) + ".";
  }
  const bool is_name = record.type == "CNAME" || record.type == "NS" || record.type == "PTR";
  return is_name ? model::absolute(record.data, domain) + "." : record.data;
}

const X509* whose(model::TlsaRecord::Of of, const fakes::tls::Lineage& lineage) {
  using enum model::TlsaRecord::Of;
  switch (of) {
    case leaf:
      return lineage.leaf;
    case issuer:
      return lineage.issuer;
    case root:
      return lineage.root;
    case other:
      break;
  }
  return lineage.other;
}

// RFC 3597 5: data of any kind, also what is no TLSA record.
std::string generic_data(const std::string& rdata) {
  std::string text = fmt::format("\\# {} ", rdata.size());
  for (const unsigned char byte : rdata)
    text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::vector<std::string> pins(const model::Cell& cell, fakes::tls::Authority& authority) {
  const auto domain = cell.domain();
  std::vector<std::string> pinned;
  for (const auto& host : cell.scenario->hosts)
    for (const auto what : classes_of(host.receiver))
      pinned.push_back(
          authority.issue(what, {model::absolute(host.name, domain), domain})->sha256_certificate);
  return pinned;
}

void issue_revoked(const model::Cell& cell, fakes::tls::Authority& authority) {
  const auto domain = cell.domain();
  for (const auto& host : cell.scenario->hosts)
    for (const auto what : classes_of(host.receiver))
      if (fakes::recipe_of(what).revoked)
        authority.issue(what, {model::absolute(host.name, domain), domain});
  for (const auto& sender : cell.scenario->senders)
    if (sender.spec.certificate && fakes::recipe_of(*sender.spec.certificate).revoked)
      authority.issue_client(*sender.spec.certificate, client_names(domain));
}

fakes::tls::Names client_names(const std::string& domain) {
  return {"client." + domain, domain};
}

Stage::Stage(const Common& common, const model::Cell& cell, fakes::Journal& journal,
             std::function<void()> on_progress)
    : common_(common),
      cell_(cell),
      domain_(cell.domain()),
      attacker_(std::make_shared<Attacker>(cell.attacker)),
      journal_(journal),
      on_progress_(std::move(on_progress)) {
  if (model::spares_first(cell_.attacker)) *attacker_ = Attacker::none;
  if (cell_.attacker != Attacker::none) recording_ = std::make_shared<fakes::net::Recording>();
  common_.table.remove_below(domain_);
  publish_zone();
  // Behind a relay the hosts are what they are without.
  const bool is_behind = model::is_relay(cell_.attacker) && cell_.behind;
  for (const auto& host : (is_behind ? cell_.behind : cell_.scenario)->hosts)
    add_host(host);
  if (cell_.scenario->tlsrpt) publish_tlsrpt(*cell_.scenario->tlsrpt);
  turn_to(0);
}

Stage::~Stage() {
  listeners_.clear();
  policy_listeners_.clear();
  for (auto& host : policy_hosts_) {
    host->host().on_progress = nullptr;
    host->host().stop();
  }
  collector_listener_.reset();
  if (collector_) {
    collector_->host().on_progress = nullptr;
    collector_->host().stop();
  }
  relays_.clear();
  for (auto& receiver : receivers_) {
    receiver->on_progress = nullptr;
    receiver->stop();
  }
  common_.table.remove_below(domain_);
  if (cell_.attacker == Attacker::dns_spoof)
    common_.table.remove_below(model::attacker_domain(cell_));
}

unsigned Stage::open_sessions() const {
  unsigned open = 0;
  for (const auto& receiver : receivers_)
    open += receiver->open_sessions();
  for (const auto& host : policy_hosts_)
    open += host->host().open_sessions();
  if (collector_) open += collector_->host().open_sessions();
  return open;
}

void Stage::publish(std::string name, std::string type, std::string data) {
  fakes::dns::Record record{std::move(name), std::move(type), std::move(data)};
  record.secure = cell_.scenario->secure;
  common_.table.add(std::move(record));
}

void Stage::publish_zone() {
  if (common_.dns == model::DnsMode::signed_zones)
    publish_signed_zones();
  else if (cell_.scenario->secure)
    common_.table.add_zone(domain_, true);
  for (const auto& mx : cell_.scenario->mx) {
    const auto target = mx.target == "." ? "." : model::absolute(mx.target, domain_) + ".";
    publish(model::absolute(mx.domain, domain_), "MX", fmt::format("{} {}", mx.preference, target));
  }
  for (const auto& record : cell_.scenario->records)
    publish(model::absolute(record.name, domain_), record.type, absolute_data(record, domain_));
  for (const auto& fault : cell_.scenario->dns_faults) {
    fakes::dns::Fault told{model::absolute(fault.name, domain_), fault.type, fault.reply, fault.nth,
                           fault.delay};
    if (common_.dns == model::DnsMode::signed_zones && !prove(told)) continue;
    common_.table.add(std::move(told));
  }
}

// The domain is a zone of its own, and so is what is insecure in a secure one.
void Stage::publish_signed_zones() {
  common_.table.add_zone(domain_, cell_.scenario->secure);
  for (const auto& fault : cell_.scenario->dns_faults)
    if (fault.reply == fakes::DnsReply::insecure)
      common_.table.add_zone(model::absolute(fault.name, domain_), false);
}

// What a resolver would say of an answer becomes the reason for which it says so: signatures that
// do not fit, or a zone without any. False: the zone does it alone.
bool Stage::prove(fakes::dns::Fault& fault) const {
  if (fault.reply == fakes::DnsReply::insecure) return false;
  const auto* zone = common_.table.zone(fault.name);
  if (fault.reply == fakes::DnsReply::servfail && zone && zone->secure) {
    fault.reply = fakes::DnsReply::honest;
    fault.bogus = true;
  }
  return true;
}

void Stage::add_host(const model::Host& host) {
  const model::Account account;
  auto spec = host.receiver;
  spec.user = account.user;
  spec.password = account.password;
  auto receiver = std::make_unique<fakes::smtp::Receiver>(
      model::absolute(host.name, domain_), host.name, std::move(spec),
      [cell = cell_, &host, attacker = attacker_, &authority = common_.authority](
          CertificateClass what) { return identity_of(cell, host, what, *attacker, authority); },
      journal_, fakes::smtp::ReceiverLimits{}, common_.contexts);
  receiver->on_progress = on_progress_;
  if (model::is_relay(cell_.attacker))
    add_relay(*receiver);
  else if (*attacker_ != Attacker::none)
    receiver->record(recording_);
  receivers_.push_back(std::move(receiver));

  const auto name = model::absolute(host.name, domain_);
  publish_tlsa(host);
  if (host.ipv6) add_address(host, name, common_.network.next_v6());
  if (host.ipv4) add_address(host, name, common_.network.next_v4());
}

// Of what the honest host shows, also where an impostor takes its place.
void Stage::publish_tlsa(const model::Host& host) {
  if (host.tlsa.empty()) return;
  const auto own = model::tlsa_owner(host.name, cell_.scenario->service_of(host.name));
  const fakes::tls::Names names{model::absolute(host.name, domain_), domain_};
  const auto lineage = common_.authority.lineage(host.receiver.certificate, names);
  for (const auto& record : host.tlsa) {
    std::string rdata = record.rdata;
    if (rdata.empty())
      rdata = fakes::tls::tlsa_rdata({record.usage, record.selector, record.matching},
                                     whose(record.of, lineage));
    publish(model::absolute(record.at.empty() ? own : record.at, domain_), "TLSA",
            generic_data(rdata));
  }
}

void Stage::turn_to(std::size_t message) {
  if (message > 0 && *attacker_ != cell_.attacker) {
    *attacker_ = cell_.attacker;
    for (auto& receiver : receivers_) {
      receiver->renew_certificates();
      receiver->record(recording_);
    }
  }
  std::map<std::string, const model::StsPublication*> now;
  for (const auto& each : cell_.scenario->sts)
    now[each.domain] = model::sts_at(*cell_.scenario, each.domain, message);
  if (now == sts_) return;
  policy_listeners_.clear();
  for (const auto& [domain, sts] : sts_) {
    if (sts && sts->record)
      common_.table.remove(model::absolute(model::sts_record_owner(domain), domain_), "TXT");
    if (sts) common_.table.remove(model::absolute(model::sts_policy_host(domain), domain_), "A");
  }
  sts_ = std::move(now);
  for (const auto& [domain, sts] : sts_)
    if (sts) publish_sts(*sts);
}

void Stage::publish_sts(const model::StsPublication& sts) {
  if (sts.record)
    publish(model::absolute(model::sts_record_owner(sts.domain), domain_), "TXT",
            fmt::format("\"v=STSv1; id={};\"", sts.id));
  const auto label = model::sts_policy_host(sts.domain);
  const auto name = model::absolute(label, domain_);
  const auto address = common_.network.next_v4();
  if (sts.published) publish(name, "A", address.to_string());
  if (sts.reach == model::Reach::refuses) return;
  auto spec = sts.host;
  for (auto& answer : spec.answers)
    answer = model::absolute_policy(std::move(answer), domain_);
  const fakes::tls::Names names{name, model::absolute(sts.domain, domain_)};
  policy_hosts_.push_back(std::make_unique<fakes::https::PolicyHost>(
      name, label, std::move(spec),
      [names, &authority = common_.authority](CertificateClass what) {
        return authority.issue(what, names);
      },
      journal_));
  policy_listeners_.push_back(listen_for_https(policy_hosts_.back()->host(), address));
}

std::unique_ptr<fakes::net::Listener> Stage::listen_for_https(
    fakes::https::Host& host, const boost::asio::ip::address& address) {
  host.on_progress = on_progress_;
  const boost::asio::ip::tcp::endpoint local(address, common_.network.https_port());
  return std::make_unique<fakes::net::Listener>(
      common_.io, local,
      [&host](boost::asio::ip::tcp::socket socket) { return host.serve(std::move(socket)); });
}

void Stage::publish_tlsrpt(const model::TlsReporting& reporting) {
  if (reporting.record)
    publish(model::absolute(model::tls_reporting_owner, domain_), "TXT",
            model::txt_data(model::tls_reporting_text(reporting, domain_)));
  const auto name = model::absolute(model::tls_reporting_host, domain_);
  const auto address = common_.network.next_v4();
  if (reporting.published) publish(name, "A", address.to_string());
  if (reporting.reach == model::Reach::refuses) return;
  collector_ = std::make_unique<fakes::https::Collector>(
      name, std::string(model::tls_reporting_host), reporting.collector,
      [names = fakes::tls::Names{name, domain_}, &authority = common_.authority](
          CertificateClass what) { return authority.issue(what, names); },
      journal_);
  collector_listener_ = listen_for_https(collector_->host(), address);
}

void Stage::add_address(const model::Host& host, const std::string& name,
                        const boost::asio::ip::address& address) {
  if (host.published) publish(name, address.is_v6() ? "AAAA" : "A", address.to_string());
  if (host.reach == model::Reach::refuses) return;
  const auto service = cell_.scenario->service_of(host.name);
  const boost::asio::ip::tcp::endpoint local(
      address, common_.network.receiver_port(static_cast<unsigned>(service)));
  listeners_.push_back(std::make_unique<fakes::net::Listener>(common_.io, local, handler()));
}

// Of the host that was added last, or of who stands in front of it.
fakes::net::Listener::Handler Stage::handler() {
  using Socket = boost::asio::ip::tcp::socket;
  if (!relays_.empty())
    return [relay = relays_.back()](Socket socket) { return relay->serve(std::move(socket)); };
  return [receiver = receivers_.back().get()](Socket socket) {
    return receiver->serve(std::move(socket));
  };
}

void Stage::add_relay(fakes::smtp::Receiver& receiver) {
  using namespace fakes::attacker;
  const bool strips = cell_.attacker == Attacker::strip;
  if (strips) receiver.tell(as_stripped);
  relays_.push_back(std::make_shared<Relay>(
      common_.io, strips ? Meddling::strips : Meddling::none,
      [&receiver](boost::asio::ip::tcp::socket back, fakes::Connected seen) {
        return receiver.serve(std::move(back), std::move(seen));
      },
      recording_));
}

}  // namespace smtprig::run
