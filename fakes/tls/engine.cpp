// The engine proper: OpenSSL between two memory BIOs; see engine.hpp. OpenSSL's error queue belongs
// to the thread, so every entry clears it before and after: no engine sees another's errors.
// Nothing that a peer sends raises an exception.
#include "fakes/tls/engine.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "choices.hpp"
#include "observer.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t slice_bytes = 16 * 1024;
constexpr std::size_t unread_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t answers_bytes_max = 64 * 1024;
constexpr std::size_t paused_bytes_max = 64 * 1024;
constexpr std::size_t buffer_bytes_kept = 1024;

constexpr const char* peer_closed = "peer closed";

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// A memory BIO keeps the size that it once had; an idle connection should not.
void release_if_empty(BIO* bio) {
  BUF_MEM* buffer = nullptr;
  if (BIO_get_mem_ptr(bio, &buffer) <= 0 || buffer->length > 0) return;
  if (buffer->max <= buffer_bytes_kept) return;
  if (BUF_MEM* fresh = BUF_MEM_new()) BIO_set_mem_buf(bio, fresh, BIO_CLOSE);
}

}  // namespace

struct Engine::Impl {
  explicit Impl(std::shared_ptr<const Context> made_from)
      : context(std::move(made_from)), observer(context->settings()) {}

  void set_up();
  void take(std::string_view bytes);
  void advance();
  void handshake();
  void decrypt();
  void see_peer();
  void see_rejected_alert();
  void fail(std::string reason);
  std::size_t waiting_out() const { return BIO_ctrl_pending(out); }
  bool established() const { return observer.stage() == TlsStage::finished; }
  std::vector<X509*> peer_chain() const;
  std::string alpn() const;

  std::shared_ptr<const Context> context;
  Observer observer;
  std::unique_ptr<SSL, FreeSsl> ssl;
  BIO* in = nullptr;   // owned by ssl
  BIO* out = nullptr;  // owned by ssl
  State state = State::handshaking;
  bool shut_down = false;
  std::size_t answers_bytes = 0;  // produced by what the peer sent and not drained
  std::string failure;
  std::string unread;
};

void Engine::Impl::set_up() {
  const CleanErrors errors;
  ssl.reset(SSL_new(context->native()));
  std::unique_ptr<BIO, FreeSsl> input(BIO_new(BIO_s_mem()));
  std::unique_ptr<BIO, FreeSsl> output(BIO_new(BIO_s_mem()));
  must(ssl && input && output, "connection");
  // An empty BIO means "later", not the end.
  BIO_set_mem_eof_return(input.get(), -1);
  BIO_set_mem_eof_return(output.get(), -1);
  in = input.release();
  out = output.release();
  SSL_set_bio(ssl.get(), in, out);
  observer.attach(ssl.get());
  const Settings& settings = context->settings();
  for (const Identity* identity : {settings.identity.get(), settings.second.get()})
    if (identity) must(add_identity(ssl.get(), *identity), "own certificate");
  if (settings.role == Role::server) {
    SSL_set_accept_state(ssl.get());
    return;
  }
  SSL_set_connect_state(ssl.get());
  if (settings.session && settings.versions.tickets != Tickets::none)
    must(SSL_set_session(ssl.get(), settings.session.get()) == 1, "session");
  if (settings.asks_for_staple)
    must(SSL_set_tlsext_status_type(ssl.get(), TLSEXT_STATUSTYPE_ocsp) == 1, "status request");
  if (settings.server_name.empty()) return;
  must(SSL_set_tlsext_host_name(ssl.get(), settings.server_name.c_str()) == 1, "server name");
}

// In slices, so that the BIO and what OpenSSL holds of a record stay small whatever comes at once.
void Engine::Impl::take(std::string_view bytes) {
  do {
    const std::string_view slice = bytes.substr(0, slice_bytes);
    if (state == State::closed || state == State::failed) return;
    if (state == State::client_hello && BIO_ctrl_pending(in) + slice.size() > paused_bytes_max) {
      return fail("too many bytes behind the ClientHello");
    }
    if (!slice.empty() && BIO_write(in, slice.data(), static_cast<int>(slice.size())) <= 0) {
      return fail(take_reason());
    }
    advance();
    bytes.remove_prefix(slice.size());
  } while (!bytes.empty());
}

void Engine::Impl::advance() {
  const std::size_t before = waiting_out();
  if (state == State::handshaking) handshake();
  // At once, not at the next feed: what came in the same bytes as the end of the handshake would
  // otherwise wait for bytes that the peer never sends.
  if (state == State::established) decrypt();
  answers_bytes += waiting_out() - before;
  if (state == State::established && answers_bytes > answers_bytes_max) {
    fail("too many answers that were not taken");
  }
}

void Engine::Impl::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl.get());
  if (result == 1) {
    state = State::established;
    observer.reach(TlsStage::finished);
    observer.add(TlsEstablished{SSL_get_version(ssl.get()), SSL_get_cipher_name(ssl.get()),
                                SSL_session_reused(ssl.get()) == 1, alpn()});
    see_peer();
    return;
  }
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      state = State::client_hello;
      return;
    case SSL_ERROR_ZERO_RETURN:  // close_notify instead of a handshake
      return fail(peer_closed);
    default:
      return fail(take_reason());
  }
}

void Engine::Impl::decrypt() {
  std::array<char, slice_bytes> chunk;
  for (;;) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl.get(), chunk.data(), chunk.size(), &size);
    if (result == 1) {
      if (unread.size() + size > unread_bytes_max) return fail("too many bytes that were not read");
      unread.append(chunk.data(), size);
      continue;
    }
    switch (SSL_get_error(ssl.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return;
      case SSL_ERROR_ZERO_RETURN:
        state = State::closed;
        return;
      default:
        return fail(take_reason());
    }
  }
}

std::vector<X509*> Engine::Impl::peer_chain() const {
  std::vector<X509*> chain;
  if (!established()) return chain;
  // OpenSSL leaves the leaf out of the chain in a server, and only there.
  X509* leaf = SSL_get0_peer_certificate(ssl.get());
  if (leaf && context->settings().role == Role::server) chain.push_back(leaf);
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl.get());
  for (int i = 0; i < sk_X509_num(sent); ++i)
    chain.push_back(sk_X509_value(sent, i));
  return chain;
}

std::string Engine::Impl::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void Engine::Impl::see_peer() {
  const X509* leaf = SSL_get0_peer_certificate(ssl.get());
  if (!leaf) return;
  observer.add(CertificateSeen{subject_of(leaf), sha256_certificate(leaf),
                               SSL_get_verify_result(ssl.get()) == X509_V_OK});
}

// Once a version is agreed on, OpenSSL 3.0 rejects a record of another version by its header,
// alerts too: that is how a client's protocol_version alert arrives at a server that chose an old
// version. The alert is evidence; its two bytes are still in the BIO.
void Engine::Impl::see_rejected_alert() {
  std::array<unsigned char, 2> alert{};
  if (!observer.awaits_alert() || BIO_ctrl_pending(in) < alert.size()) return;
  if (BIO_read(in, alert.data(), static_cast<int>(alert.size())) == 2) {
    observer.see_alert(false, alert[0], alert[1]);
  }
}

void Engine::Impl::fail(std::string reason) {
  see_rejected_alert();
  failure = std::move(reason);
  state = State::failed;
  observer.see_failure(failure);
}

Engine::Engine(std::shared_ptr<const Context> context) {
  if (!context) throw std::runtime_error("tls: an engine needs a context");
  impl_ = std::make_unique<Impl>(std::move(context));
  impl_->set_up();
}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::feed(std::string_view encrypted) {
  const CleanErrors errors;
  impl_->take(encrypted);
  release_if_empty(impl_->in);
}

void Engine::resume() {
  if (impl_->state != State::client_hello) return;
  const CleanErrors errors;
  impl_->observer.pass_client_hello();
  impl_->state = State::handshaking;
  impl_->advance();
}

void Engine::feed_eof() {
  const State state = impl_->state;
  if (state == State::handshaking || state == State::client_hello) impl_->fail(peer_closed);
}

std::string Engine::drain() {
  const CleanErrors errors;
  impl_->answers_bytes = 0;
  std::string bytes(impl_->waiting_out(), '\0');
  if (bytes.empty()) return bytes;
  std::size_t size = 0;
  BIO_read_ex(impl_->out, bytes.data(), bytes.size(), &size);
  bytes.resize(size);
  release_if_empty(impl_->out);
  return bytes;
}

std::string Engine::read() {
  return std::exchange(impl_->unread, {});
}

bool Engine::write(std::string_view plaintext) {
  Impl& self = *impl_;
  if (self.shut_down || (self.state != State::established && self.state != State::closed)) {
    return false;
  }
  if (plaintext.empty()) return true;
  const CleanErrors errors;
  std::size_t size = 0;
  if (SSL_write_ex(self.ssl.get(), plaintext.data(), plaintext.size(), &size) == 1) return true;
  self.fail(take_reason());
  return false;
}

void Engine::shut_down() {
  Impl& self = *impl_;
  if (self.shut_down || (self.state != State::established && self.state != State::closed)) return;
  const CleanErrors errors;
  self.shut_down = true;
  SSL_shutdown(self.ssl.get());
}

bool Engine::send_alert(const Alert& alert) {
  Impl& self = *impl_;
  if (self.shut_down || (self.state != State::established && self.state != State::closed))
    return false;
  if (!self.context->settings().sends_alerts) return false;
  const CleanErrors errors;
  const Role role = self.context->settings().role;
  const std::string record = sealed_alert(self.ssl.get(), self.observer.sealing(), role, alert);
  if (record.empty()) return false;
  self.shut_down = true;
  return BIO_write(self.out, record.data(), static_cast<int>(record.size())) > 0;
}

State Engine::state() const {
  return impl_->state;
}
TlsStage Engine::stage() const {
  return impl_->observer.stage();
}
const std::string& Engine::failure() const {
  return impl_->failure;
}
std::vector<EventBody> Engine::take_events() {
  return impl_->observer.take_events();
}

std::string Engine::version() const {
  // Before a cipher is agreed on, OpenSSL names the highest version that it may speak.
  const bool agreed = stage() >= TlsStage::server_hello && SSL_get_current_cipher(impl_->ssl.get());
  return agreed ? SSL_get_version(impl_->ssl.get()) : "";
}

std::string Engine::cipher() const {
  return version().empty() ? "" : SSL_get_cipher_name(impl_->ssl.get());
}

bool Engine::resumed() const {
  return impl_->established() && SSL_session_reused(impl_->ssl.get()) == 1;
}
std::string Engine::alpn() const {
  return impl_->established() ? impl_->alpn() : "";
}
const std::string& Engine::server_name() const {
  return impl_->observer.server_name();
}
Session Engine::session() const {
  return impl_->observer.session();
}

std::vector<X509*> Engine::peer_chain() const {
  return impl_->peer_chain();
}

int Engine::verify_error() const {
  // Without a certificate OpenSSL would say X509_V_OK.
  if (peer_chain().empty()) return X509_V_ERR_UNSPECIFIED;
  return static_cast<int>(SSL_get_verify_result(impl_->ssl.get()));
}

}  // namespace smtprig::fakes::tls
