// See lean_provider.hpp. A provider over another, in a library context of its own, as OpenSSL's
// test/filterprov.c has it. Its functions are given the context of the inner provider, as that is
// what the algorithms need: so what else it knows is kept by the process.
#include "fakes/tls/lean_provider.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr const char* lean_name = "smtprig-lean";

// Ends with an empty entry, as OpenSSL wants it.
using Algorithms = std::array<OSSL_ALGORITHM, 128>;
using Functions = std::array<OSSL_DISPATCH, 64>;
using Wanted = bool (*)(std::string_view names, std::string_view properties);

// Of nothing that needs a destructor: OpenSSL asks for it until it is cleaned up itself.
struct Lean {
  OSSL_LIB_CTX* library = nullptr;
  OSSL_PROVIDER* inner = nullptr;
  Algorithms decoders{};
  Algorithms encoders{};
  Algorithms ciphers{};
  Algorithms keys{};
  Functions dh{};
  OSSL_FUNC_keymgmt_validate_fn* validate_dh = nullptr;
};

Lean& lean() {
  static Lean the_one;
  return the_one;
}

std::string_view first_of(std::string_view names) {
  return names.substr(0, names.find(':'));
}

bool says(std::string_view properties, std::string_view word) {
  return properties.find(word) != std::string_view::npos;
}

// Keys that can sign a handshake (RFC 8446 4.2.3); "DER" is the envelope of all.
bool can_sign(std::string_view names) {
  constexpr std::array kinds = {"DER", "EC", "RSA", "RSA-PSS", "ED25519", "ED448"};
  return std::ranges::find(kinds, first_of(names)) != kinds.end();
}

bool decoder_is_wanted(std::string_view names, std::string_view properties) {
  return can_sign(names) &&
         (says(properties, "input=pem") || says(properties, "structure=SubjectPublicKeyInfo") ||
          says(properties, "structure=PrivateKeyInfo"));
}

bool encoder_is_wanted(std::string_view names, std::string_view properties) {
  return can_sign(names) &&
         ((says(properties, "output=der") && says(properties, "structure=SubjectPublicKeyInfo")) ||
          (says(properties, "output=pem") && says(properties, "structure=PrivateKeyInfo")));
}

// Neither TLS nor the random generator has use for these modes.
bool cipher_is_wanted(std::string_view names, std::string_view) {
  constexpr std::array modes = {"-CFB", "-OFB", "-XTS", "-CTS", "-WRAP", "-SIV", "-OCB"};
  const std::string_view name = first_of(names);
  return std::ranges::none_of(modes, [name](const char* mode) { return says(name, mode); });
}

bool key_is_wanted(std::string_view, std::string_view) {
  return true;
}

// False: there is no room for all that are wanted.
bool choose(int operation, Wanted wanted, Algorithms& chosen) {
  int no_cache = 0;
  const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(lean().inner, operation, &no_cache);
  std::size_t count = 0;
  for (; all && all->algorithm_names; ++all) {
    const char* properties = all->property_definition ? all->property_definition : "";
    if (!wanted(all->algorithm_names, properties)) continue;
    if (count + 1 == chosen.size()) return false;
    chosen[count++] = *all;
  }
  return count > 0;
}

int validate_dh(const void* key, int selection, int) noexcept {
  return lean().validate_dh(key, selection, OSSL_KEYMGMT_VALIDATE_QUICK_CHECK);
}

// Puts validate_dh() in the place of what `algorithm` has for it. False: it has none, or there is
// no room.
bool check_quickly(OSSL_ALGORITHM& algorithm) {
  std::size_t count = 0;
  for (const OSSL_DISPATCH* each = algorithm.implementation; each->function_id != 0; ++each) {
    if (count + 1 == lean().dh.size()) return false;
    lean().dh[count] = *each;
    if (each->function_id == OSSL_FUNC_KEYMGMT_VALIDATE) {
      lean().validate_dh = OSSL_FUNC_keymgmt_validate(each);
      lean().dh[count].function = reinterpret_cast<void (*)()>(&validate_dh);
    }
    ++count;
  }
  algorithm.implementation = lean().dh.data();
  return lean().validate_dh != nullptr;
}

bool choose_keys() {
  if (!choose(OSSL_OP_KEYMGMT, &key_is_wanted, lean().keys)) return false;
  const auto is_dh = [](const OSSL_ALGORITHM& each) {
    return each.algorithm_names && first_of(each.algorithm_names) == "DH";
  };
  const auto dh = std::ranges::find_if(lean().keys, is_dh);
  return dh != lean().keys.end() && check_quickly(*dh);
}

const OSSL_ALGORITHM* on_query(void*, int operation, int* no_cache) noexcept {
  *no_cache = 0;
  if (operation == OSSL_OP_DECODER) return lean().decoders.data();
  if (operation == OSSL_OP_ENCODER) return lean().encoders.data();
  if (operation == OSSL_OP_CIPHER) return lean().ciphers.data();
  if (operation == OSSL_OP_KEYMGMT) return lean().keys.data();
  return OSSL_PROVIDER_query_operation(lean().inner, operation, no_cache);
}

const OSSL_PARAM* on_gettable(void*) noexcept {
  return OSSL_PROVIDER_gettable_params(lean().inner);
}

int on_get(void*, OSSL_PARAM* parameters) noexcept {
  return OSSL_PROVIDER_get_params(lean().inner, parameters);
}

int on_capabilities(void*, const char* capability, OSSL_CALLBACK* take, void* argument) noexcept {
  return OSSL_PROVIDER_get_capabilities(lean().inner, capability, take, argument);
}

void on_teardown(void*) noexcept {
  OSSL_PROVIDER_unload(lean().inner);
  OSSL_LIB_CTX_free(lean().library);
  lean() = {};
}

template <class Function>
constexpr OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

int on_init(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
            void** context) noexcept {
  static const std::array table = {entry(OSSL_FUNC_PROVIDER_TEARDOWN, &on_teardown),
                                   entry(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, &on_gettable),
                                   entry(OSSL_FUNC_PROVIDER_GET_PARAMS, &on_get),
                                   entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &on_query),
                                   entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, &on_capabilities),
                                   OSSL_DISPATCH{0, nullptr}};
  lean().library = OSSL_LIB_CTX_new();
  if (lean().library) lean().inner = OSSL_PROVIDER_load(lean().library, "default");
  if (!lean().inner || !choose(OSSL_OP_DECODER, &decoder_is_wanted, lean().decoders) ||
      !choose(OSSL_OP_ENCODER, &encoder_is_wanted, lean().encoders) ||
      !choose(OSSL_OP_CIPHER, &cipher_is_wanted, lean().ciphers) || !choose_keys()) {
    on_teardown(nullptr);
    return 0;
  }
  *context = OSSL_PROVIDER_get0_provider_ctx(lean().inner);
  *functions = table.data();
  return 1;
}

}  // namespace

bool use_lean_provider() {
  // Loaded once, and never unloaded: OpenSSL needs it to its own end.
  static const OSSL_PROVIDER* const loaded = []() -> OSSL_PROVIDER* {
    const CleanErrors errors;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    if (OSSL_PROVIDER_add_builtin(nullptr, lean_name, &on_init) != 1) return nullptr;
    return OSSL_PROVIDER_load(nullptr, lean_name);
  }();
  return loaded != nullptr;
}

}  // namespace smtprig::fakes::tls
