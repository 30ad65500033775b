// See gzip.hpp.
#include "fakes/https/gzip.hpp"

#include <array>
#include <new>
#include <utility>

#include <zlib.h>

namespace smtprig::fakes::https {

namespace {

constexpr int gzip_window_bits = 15 + 16;  // zlib: 16 more means gzip
constexpr std::size_t block_bytes = 16 * 1024;

Bytef* bytes_in(std::string_view text) {
  // zlib reads only, but its interface says otherwise.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
};

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream = {};
  constexpr int memory_level = 8;  // zlib's default
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_in(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

boost::system::result<std::string, GzipProblem> gunzip(std::string_view bytes,
                                                       std::size_t bytes_max) {
  std::string text;
  if (bytes.empty()) return GzipProblem{"nothing"};
  Inflater inflater;
  z_stream& stream = inflater.stream();
  stream.next_in = bytes_in(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<Bytef, block_bytes> block;
  for (;;) {
    stream.next_out = block.data();
    stream.avail_out = block.size();
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) {
      return GzipProblem{status == Z_BUF_ERROR ? "cut short" : "not gzip, or damaged"};
    }
    const std::size_t made = block.size() - stream.avail_out;
    if (made > bytes_max - text.size()) return GzipProblem{"too large"};
    text.append(reinterpret_cast<const char*>(block.data()), made);
    if (status != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return {boost::system::in_place_value, std::move(text)};
    if (inflateReset(&stream) != Z_OK) return GzipProblem{"not gzip, or damaged"};
  }
}

}  // namespace smtprig::fakes::https
