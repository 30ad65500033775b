// See inbound_tls.hpp.
#include "harness/servers/embedded/inbound_tls.hpp"

#include <fmt/format.h>

#include <openssl/x509_vfy.h>

#include <utility>

namespace smtprig::embedded {
namespace {

bool is_trusted(int verify_error, const Mutants& mutants) {
  if (mutants.accepts_self_signed_client && verify_error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
    return true;
  if (mutants.accepts_expired_client && verify_error == X509_V_ERR_CERT_HAS_EXPIRED) return true;
  return verify_error == X509_V_OK;
}

}  // namespace

std::string InboundTls::text() const {
  const std::string_view client = trust == Trust::anonymous   ? "no client certificate"
                                  : trust == Trust::untrusted ? "client certificate not verified"
                                                              : "client certificate verified";
  return fmt::format("using {} with cipher {}, {}", version, cipher, client);
}

ServerContexts::ServerContexts(const std::string& certificate_pem, fakes::tls::TrustStore roots,
                               const Mutants& mutants)
    : roots_(std::move(roots)), mutants_(mutants) {
  if (!certificate_pem.empty()) identity_ = fakes::tls::identity_from(certificate_pem);
}

std::shared_ptr<const fakes::tls::Context> ServerContexts::of(InboundPolicy policy) {
  if (!identity_) return nullptr;
  const bool asks = policy == InboundPolicy::require_client_cert;
  auto& context = asks ? asking_ : plain_;
  if (context) return context;
  fakes::tls::Settings settings;
  settings.identity = identity_;
  // RFC 8996 4, 5: neither 1.0 nor 1.1.
  const auto lowest =
      mutants_.accepts_old_tls ? fakes::TlsVersion::tls1_0 : fakes::TlsVersion::tls1_2;
  settings.versions = {lowest, fakes::TlsVersion::tls1_3};
  settings.versions.tickets = fakes::Tickets::resumed;
  settings.pause_at_client_hello = mutants_.needs_known_name;
  settings.sends_alerts = false;
  if (asks) {
    settings.client_certificate = fakes::tls::ClientCertificate::asked;
    settings.trust = roots_;
  }
  context = std::make_shared<const fakes::tls::Context>(settings);
  return context;
}

InboundTls inbound_tls(const fakes::tls::Engine& engine, const Mutants& mutants) {
  InboundTls tls{.version = engine.version(), .cipher = engine.cipher()};
  if (mutants.trusts_resumed_clients && engine.resumed()) tls.trust = Trust::trusted;
  // A resumed session has the certificate of its first handshake, and what was found of it then.
  const auto chain = engine.peer_chain();
  if (chain.empty()) return tls;
  tls.subject = fakes::tls::subject_of(chain.front());
  tls.trust = is_trusted(engine.verify_error(), mutants) ? Trust::trusted : Trust::untrusted;
  return tls;
}

}  // namespace smtprig::embedded
