import { digestOf, shortDigest } from "../../src/graph/digest.ts";

/*
 * The system calls that a sandbox may make; every other answers EPERM. An engine's own default profile depends on its
 * age: older ones let AF_VSOCK through, which no network namespace holds and which leads from a virtual machine straight
 * to its hypervisor, and AF_ALG and io_uring, whose faults have led out of containers. What is left out, and why:
 *
 * - namespaces and mounts: unshare, setns, clone with a new namespace, mount, pivot_root, chroot, open_by_handle_at
 * - the kernel's keyrings, which are the same for all containers: add_key, request_key, keyctl
 * - the kernel itself: modules, kexec, reboot, bpf, perf_event_open, syslog, the clock, swap, quotas, accounting
 * - other processes by side ways: kcmp, pidfd_getfd, userfaultfd, memory policies
 * - io_uring, which makes calls that no filter sees
 * - sockets of other families than unix, IP, netlink and packet (that one needs a capability); socketcall, whose
 *   family no filter can read
 * - calls that no program of today needs: uselib, ustat, sysfs, nfsservctl, vm86, iopl, …
 *
 * A capability that the file keeps by `unsafe.capabilities` brings the calls with it that are of no use without it.
 */

/** Docker's format of a profile. */
interface Profile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly Rule[];
}

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo: number;
    readonly op: string;
  }[];
  readonly includes?: { readonly caps: readonly string[] };
  readonly excludes?: { readonly caps: readonly string[] };
}

const ALLOWED = words(`
  _llseek _newselect accept accept4 access adjtimex alarm arch_prctl arm_fadvise64_64 arm_sync_file_range bind
  breakpoint brk cacheflush cachestat capget capset chdir chmod chown chown32 clock_getres clock_getres_time64
  clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range
  creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
  execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir
  fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr
  flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate
  ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat get_robust_list
  get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups
  getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32
  getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32
  getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
  io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill
  landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen
  listxattr listxattrat llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise map_shadow_stack membarrier
  memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt
  mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
  mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep
  newfstatat nice open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free
  pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease
  process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead
  readdir readlink readlinkat readv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr
  removexattrat rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
  rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
  sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
  sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 sendfile
  sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address set_tls setfsgid setfsgid32
  setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32
  setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32
  setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4
  sigpending sigprocmask sigreturn sigsuspend socketpair splice stat stat64 statfs statfs64 statx symlink
  symlinkat sync sync_file_range sync_file_range2 syncfs sysinfo tee tgkill time timer_create timer_delete
  timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
  timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname
  unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev
`);

const BY_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: "bpf",
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_PERFMON: "perf_event_open",
  CAP_SYS_ADMIN: `
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree
    perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: "kexec_file_load kexec_load reboot",
  CAP_SYS_CHROOT: "chroot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_NICE: "get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
  CAP_SYSLOG: "syslog",
};

// AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET.
const FAMILIES = [1, 2, 10, 16, 17];
// PER_LINUX, PER_LINUX32, UNAME26 with either, and the question for the present one.
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
// Every CLONE_NEW flag that clone takes.
const NEW_NAMESPACE = 0x7e020000;
const ENOSYS = 38;

/** The profile, as the engine takes it. */
export const SECCOMP_PROFILE: Profile = {
  defaultAction: "SCMP_ACT_ERRNO",
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
  ],
  syscalls: [
    { names: ALLOWED, action: "SCMP_ACT_ALLOW" },
    ...FAMILIES.map((family) => allowedWith("socket", family)),
    ...PERSONALITIES.map((personality) => allowedWith("personality", personality)),
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: NEW_NAMESPACE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      excludes: { caps: ["CAP_SYS_ADMIN"] },
    },
    // Its flags lie in memory, where no filter reads: the C library falls back to clone.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS, excludes: { caps: ["CAP_SYS_ADMIN"] } },
    ...Object.entries(BY_CAPABILITY).map(([capability, names]): Rule => ({
      names: words(names),
      action: "SCMP_ACT_ALLOW",
      includes: { caps: [capability] },
    })),
  ],
};

/** The profile's name in a spec: a reference, as the text would stand in every container of a plan. */
export const SECCOMP_OPTION = seccompOption(SECCOMP_PROFILE);

/** The name of a profile, the same for equal ones. */
export function seccompOption(profile: unknown): string {
  return `seccomp=coop-${shortDigest(digestOf(profile))}.json`;
}

function allowedWith(name: string, value: number): Rule {
  return { names: [name], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value, valueTwo: 0, op: "SCMP_CMP_EQ" }] };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
