// Loaded into a process by LD_PRELOAD: every CPUID instruction describes another processor, given by the environment's
//   MADE_UP_VENDOR     its vendor, 12 characters
//   MADE_UP_SIGNATURE  family, model and stepping as CPUID's leaf 1 packs them, hexadecimal
//   MADE_UP_WITHOUT    avx2 or avx512: what it lacks
// The code still runs on the real one. Needs Linux on a processor that can fault on CPUID; elsewhere the process exits with 77.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { ARCH_SET_CPUID = 0x1012 };
typedef struct {
  uint32_t a, b, c, d;
} Registers;

static const char* vendor;
static uint32_t signature;
static int without_avx2, without_avx512;
static int handling;

static int allow_cpuid(int allowed) {
  return (int)syscall(SYS_arch_prctl, ARCH_SET_CPUID, allowed);
}

static Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r = {leaf, 0, subleaf, 0};
  __asm__ volatile("cpuid" : "+a"(r.a), "=b"(r.b), "+c"(r.c), "=d"(r.d));
  return r;
}

static Registers made_up(uint32_t leaf, uint32_t subleaf) {
  allow_cpuid(1);
  Registers r = cpuid(leaf, subleaf);
  allow_cpuid(0);
  if (leaf == 0 && vendor) {
    memcpy(&r.b, vendor, 4);
    memcpy(&r.d, vendor + 4, 4);
    memcpy(&r.c, vendor + 8, 4);
  }
  if (leaf == 1 && signature) r.a = signature;
  if (leaf == 7 && subleaf == 0) {
    // F, DQ, IFMA, CD, BW and VL.
    if (without_avx512) r.b &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 28 | 1u << 30 | 1u << 31);
    if (without_avx2) r.b &= ~(1u << 5);
  }
  if (leaf == 7 && subleaf == 1 && without_avx512) r.a &= ~(1u << 5);  // BF16
  return r;
}

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)info;
  greg_t* at = ((ucontext_t*)context)->uc_mcontext.gregs;
  const uint8_t* code = (const uint8_t*)at[REG_RIP];
  if (code[0] != 0x0f || code[1] != 0xa2) {
    signal(number, SIG_DFL);
    return;
  }
  const Registers r = made_up((uint32_t)at[REG_RAX], (uint32_t)at[REG_RCX]);
  at[REG_RAX] = r.a;
  at[REG_RBX] = r.b;
  at[REG_RCX] = r.c;
  at[REG_RDX] = r.d;
  at[REG_RIP] += 2;
}

// Node resets every signal when it starts; keep ours.
int sigaction(int number, const struct sigaction* action, struct sigaction* before) {
  static int (*real)(int, const struct sigaction*, struct sigaction*);
  if (!real) real = (int (*)(int, const struct sigaction*, struct sigaction*))dlsym(RTLD_NEXT, "sigaction");
  if (number != SIGSEGV || !handling) return real(number, action, before);
  if (before) memset(before, 0, sizeof *before);
  return 0;
}

__attribute__((constructor(101))) static void begin(void) {
  vendor = getenv("MADE_UP_VENDOR");
  if (vendor && strlen(vendor) != 12) vendor = NULL;
  const char* text = getenv("MADE_UP_SIGNATURE");
  if (text) signature = (uint32_t)strtoul(text, NULL, 16);
  text = getenv("MADE_UP_WITHOUT");
  without_avx2 = text && strcmp(text, "avx2") == 0;
  without_avx512 = text != NULL;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, NULL);
  handling = 1;
  if (allow_cpuid(0) != 0) _exit(77);
}
