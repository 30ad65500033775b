// The content of a message on the wire: dots are stuffed and unstuffed (RFC 5321 4.5.2), and what
// was received is digested without being held: hash, size, token, and the first bytes. The content
// ends at CRLF "." CRLF and nowhere else (RFC 5321 4.1.1.4); a bare LF is content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace smtprig::fakes::smtp {

// `content` with stuffed dots and the final dot. A missing last CRLF is added.
std::string dot_stuff(std::string_view content);

// Unstuffs a stream in pieces of any size.
class DotDecoder {
 public:
  // Appends content to `out`; returns how many bytes of `bytes` belong to it, the final dot and its
  // CRLF included. Fewer than all only when complete() has become true.
  std::size_t feed(std::string_view bytes, std::string& out);
  bool complete() const { return state_ == State::end; }

 private:
  enum class State { line_start, dot, dot_cr, text, cr, end };
  State state_ = State::line_start;
};

inline constexpr std::string_view token_header = "X-Smtprig-Token:";

// What is worth knowing of a content.
class Digest {
 public:
  explicit Digest(std::size_t kept_bytes_max);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void feed(std::string_view content);

  std::uint64_t bytes() const { return bytes_; }
  std::string sha256() const;  // lower-case hex of what came so far
  // Of what stands behind the first empty line (RFC 5322 2.1), which no relay has a reason to
  // change; of nothing where there is none.
  std::string sha256_body() const;
  // The same without white space and NUL: what is left of a body whose lines were only broken anew.
  std::string sha256_letters() const;
  // The word behind the first `token_header`, wherever it stands, so that a notification that
  // quotes the message yields it too. Empty if none came whole.
  const std::string& token() const { return token_; }
  const std::string& kept() const { return kept_; }

 private:
  void look_for_token(std::string_view content);

  struct MdFree {
    void operator()(EVP_MD_CTX* context) const;
  };
  using Hash = std::unique_ptr<EVP_MD_CTX, MdFree>;
  static std::string sum_of(const Hash& hash);
  void look_for_body(std::string_view content);

  Hash hash_;
  Hash body_hash_;
  Hash letters_hash_;
  bool in_body_ = false;
  bool line_is_empty_ = true;  // of the header, as far as it came
  std::uint64_t bytes_ = 0;
  std::size_t kept_bytes_max_;
  std::string kept_;
  std::string token_;
  std::string tail_;  // of the line in which a token may be cut in two
};

// sha256_body() of a whole content.
std::string body_digest(std::string_view content);

}  // namespace smtprig::fakes::smtp
