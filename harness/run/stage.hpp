// The fakes of one cell: its receivers on addresses of their own, its certificates, its part of the
// DNS. Opening binds and publishes; closing makes the addresses refuse again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "fakes/attacker/relay.hpp"
#include "fakes/dns/server.hpp"
#include "fakes/https/collector.hpp"
#include "fakes/https/policy_host.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"
#include "fakes/net/recording.hpp"
#include "fakes/smtp/receiver.hpp"
#include "fakes/tls/certificate.hpp"
#include "fakes/tls/engine.hpp"
#include "harness/lab/network.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/dns_mode.hpp"

namespace smtprig::run {

// What a lab has once and every stage uses.
struct Common {
  boost::asio::io_context& io;
  lab::Network& network;
  fakes::dns::Table& table;
  fakes::tls::Authority& authority;
  fakes::tls::TrustStore trust = {};  // of its root
  std::shared_ptr<fakes::tls::Contexts> contexts = {};
  model::DnsMode dns = model::DnsMode::claimed;
};

// The certificates that a policy of fingerprint pins for a cell: those of its honest hosts, also
// where an impostor is served in their place. Lower-case hex SHA-256.
std::vector<std::string> pins(const model::Cell& cell, fakes::tls::Authority& authority);

// Issues the revoked certificates of a cell, which are in the CRL from then on.
void issue_revoked(const model::Cell& cell, fakes::tls::Authority& authority);
// What the client certificates of a cell's senders are made out to.
fakes::tls::Names client_names(const std::string& domain);

class Stage {
 public:
  // `journal` must outlive the stage. Throws boost::system::system_error where an address cannot be
  // bound.
  Stage(const Common& common, const model::Cell& cell, fakes::Journal& journal,
        std::function<void()> on_progress);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  unsigned open_sessions() const;
  // What is published of MTA-STS from that message on; open connections end as they may.
  void turn_to(std::size_t message);
  // What the attacker of the cell holds; null where there is none.
  fakes::net::Recording* recording() const { return recording_.get(); }

 private:
  void add_host(const model::Host& host);
  void add_address(const model::Host& host, const std::string& name,
                   const boost::asio::ip::address& address);
  fakes::net::Listener::Handler handler();
  void add_relay(fakes::smtp::Receiver& receiver);
  void publish(std::string name, std::string type, std::string data);
  void publish_zone();
  void publish_signed_zones();
  bool prove(fakes::dns::Fault& fault) const;
  void publish_tlsa(const model::Host& host);
  void publish_sts(const model::StsPublication& sts);
  void publish_tlsrpt(const model::TlsReporting& reporting);
  std::unique_ptr<fakes::net::Listener> listen_for_https(fakes::https::Host& host,
                                                         const boost::asio::ip::address& address);

  Common common_;
  model::Cell cell_;
  std::string domain_;
  std::shared_ptr<model::Attacker> attacker_;  // who is at work now; receivers see it change
  fakes::Journal& journal_;
  std::function<void()> on_progress_;
  std::shared_ptr<fakes::net::Recording> recording_;
  std::vector<std::unique_ptr<fakes::smtp::Receiver>> receivers_;
  std::vector<std::shared_ptr<fakes::attacker::Relay>> relays_;  // in front of receivers_
  std::vector<std::unique_ptr<fakes::net::Listener>> listeners_;
  std::map<std::string, const model::StsPublication*> sts_;  // what holds, by domain
  std::vector<std::unique_ptr<fakes::https::PolicyHost>> policy_hosts_;
  std::vector<std::unique_ptr<fakes::net::Listener>> policy_listeners_;
  std::unique_ptr<fakes::https::Collector> collector_;
  std::unique_ptr<fakes::net::Listener> collector_listener_;
};

}  // namespace smtprig::run
