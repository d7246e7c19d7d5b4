#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.h"
#include "narthex.h"

namespace {

void fail_at_exit() { _exit(1); }

// In a child: what was to run at exit does not, what was written is flushed, and the status stays.
void test_skip_teardown() {
  std::FILE* written = std::tmpfile();
  CHECK(written != nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::atexit(fail_at_exit);
    nx_skip_teardown();
    std::fputs("flushed", written);
    std::exit(3);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  char text[8] = {};
  CHECK(std::fseek(written, 0, SEEK_SET) == 0);
  CHECK(std::fread(text, 1, sizeof text - 1, written) == 7);
  CHECK(std::strcmp(text, "flushed") == 0);
  std::fclose(written);
}

}  // namespace

int main() {
  CHECK(nx_abi_version() == NX_ABI_VERSION);
  CHECK(std::strlen(nx_torch_version()) > 0);
  test_skip_teardown();
}
