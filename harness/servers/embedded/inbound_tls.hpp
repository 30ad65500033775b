// TLS of inbound listeners: what they show, whether they ask for a client's certificate, and what
// they make of an established session. Contexts are made when a client first needs one.
#pragma once

#include "fakes/tls/engine.hpp"
#include "harness/servers/embedded/listener_table.hpp"
#include "harness/servers/embedded/verification.hpp"

#include <memory>
#include <string>

namespace smtprig::embedded {

// An established session, as far as mail is concerned.
struct InboundTls {
  std::string version;
  std::string cipher;
  Trust trust = Trust::anonymous;  // of the client; verified does not occur: no name is expected
  std::string subject;             // of its certificate

  // "using TLSv1.3 with cipher X, no client certificate"
  std::string text() const;
};

class ServerContexts {
 public:
  // `certificate_pem` may be empty: no TLS then. Throws std::runtime_error if it is not a private
  // key and its certificates. `roots` may be nullptr.
  ServerContexts(const std::string& certificate_pem, fakes::tls::TrustStore roots,
                 const Mutants& mutants);

  // nullptr without a certificate. Only require_client_cert asks for the client's. Whatever name a
  // client asks for (RFC 6066 3), it gets this certificate (RFC 8461 7.1).
  std::shared_ptr<const fakes::tls::Context> of(InboundPolicy policy);

 private:
  std::shared_ptr<const fakes::tls::Identity> identity_;
  fakes::tls::TrustStore roots_;
  Mutants mutants_;
  std::shared_ptr<const fakes::tls::Context> plain_;
  std::shared_ptr<const fakes::tls::Context> asking_;
};

// `engine` is an established server's. A client is trusted if its certificate chains to a root, has
// not expired, and may serve clients (EKU clientAuth, where there is an EKU).
InboundTls inbound_tls(const fakes::tls::Engine& engine, const Mutants& mutants);

}  // namespace smtprig::embedded
