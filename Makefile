# SPDX-License-Identifier: GPL-2.0
#
# famfs out of tree: modules for a stock kernel, the CLI, and their tests.

# What to build for and to test if not this machine's: arm64 or x86_64, in the words of
# the kernel's makefiles.
ifneq ($(ARCH),)
export ARCH
foreign := $(shell export ARCH=$(ARCH); . scripts/arch.sh && echo "foreign=$$foreign")
$(if $(foreign),,$(error no such ARCH))
foreign := $(filter yes,$(subst foreign=,,$(foreign)))
endif

# Kernel to build for.  The running one if its headers are there and it is of a
# series that the modules support or has an fsdev_dax of its own, else Debian's
# stock LTS kernel.
RUNNING := /lib/modules/$(shell uname -r)/build
has_fsdev = $(shell grep -s '^CONFIG_DEV_DAX_FSDEV=' $(1)/include/config/auto.conf)
ifneq ($(and $(if $(foreign),,native),$(filter 6.12.%,$(shell uname -r))$(call has_fsdev,$(RUNNING)),$(wildcard $(RUNNING)/Makefile)),)
KDIR ?= $(RUNNING)
endif

DESTDIR ?=
PREFIX ?= /usr/local

# What the test hosts boot: stock is the LTS kernel of Debian 12, 16k the same with
# pages of 16 KiB (arm64), and a series such as 7.2 is that of Debian 13's backports.
KERNEL ?= stock
series := $(filter-out stock,$(KERNEL))

# What test hosts with such a kernel need beside: it is built, or unpacked in a tree.
kernel_deps := $(if $(filter-out 16k,$(series)),deps-$(if \
	$(filter debug kcsan,$(KERNEL)),own,other)-kernel)

MODULE_CONFIG := CONFIG_FAMFS_EXTENT=m CONFIG_FSDEV_DAX=m CONFIG_FAMFS=m
# Recipes only: asking for these may download packages.
kdir = $(or $(KDIR),$$(scripts/kernel headers))
# Those of another architecture are not built in place.
module_dir = $(CURDIR)$(if $(foreign),/build/$$(cat "$$kdir/include/config/kernel.release"))
kbuild = kdir="$(kdir)" && dax=$$(scripts/kernel dax-headers "$$kdir") && \
	$(MAKE) --no-print-directory -C "$$kdir" M="$(module_dir)" W=1 \
	FAMFS_DAX_SOURCE="$$dax" $(MODULE_CONFIG)

all: modules cli

help:
	@sed -n 's/^##//p' $(MAKEFILE_LIST)

##  make               modules and CLI (KDIR=/path/to/headers as usual); below build/
##                     with KERNEL=7.2 for that of Debian 13, with ARCH=arm64 for arm64
ifeq ($(series)$(foreign),)
modules: deps-make
	+$(kbuild) modules
else
# Built from a copy: objects of two kernels do not go into one directory.  Those of
# Debian 13 are built in the tree of that, whose headers these are.
build_tree := $(if $(filter-out 16k,$(series)),scripts/debian13 run --)
other_kdir = $(if $(series),$$(scripts/kernel --series $(series) headers),$(kdir))
other_release = $(if $(series),scripts/kernel --series $(series) release,\
	cat "$$kdir/include/config/kernel.release")
modules: deps-make $(kernel_deps)
	+kdir=$(other_kdir) && \
	dax=$(if $(build_tree),,$$(scripts/kernel dax-headers "$$kdir")) && \
	release=$$($(other_release)) && \
	mkdir -p "build/$$release" && \
	rsync -a --exclude='*.mod.c' --include='*/' --include='*.[ch]' \
		--include='Makefile*' --exclude='*' lib drivers fs include "build/$$release" && \
	cp -p Kbuild "build/$$release" && \
	$(build_tree) $(MAKE) --no-print-directory -C "$$kdir" \
		M="$(CURDIR)/build/$$release" W=1 FAMFS_DAX_SOURCE="$$dax" \
		$(MODULE_CONFIG) modules
endif

# What the test hosts load; scripts/debug-kernel builds its own.
ifeq ($(filter debug kcsan,$(KERNEL)),)
host_modules := $(if $(filter stock,$(KERNEL)),stock-modules,modules)
endif

cli_make := $(if $(foreign),scripts/foreign make,$(MAKE)) -C tools/famfs-mini \
	$(if $(foreign),OUT="$(CURDIR)/build/$(ARCH)/")

cli: deps-make
	+$(cli_make)

##  make install       modules, CLI, man page, UAPI header, and binding at boot,
##                     which does nothing until configured (DESTDIR=, PREFIX=)
install: modules cli
	@[ -z "$(foreign)" ] || [ -n "$(DESTDIR)" ] || \
		{ echo "This machine is no $(ARCH): say DESTDIR=, where to install." >&2; exit 1; }
	+$(kbuild) INSTALL_MOD_PATH="$(DESTDIR)" CONFIG_MODULE_SIG_ALL= \
		DEPMOD=true modules_install
	[ -n "$(DESTDIR)" ] || PATH="$$PATH:/usr/sbin:/sbin" depmod "$$($(MAKE) -s -C "$(kdir)" kernelrelease)"
	+$(cli_make) install DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)"
	$(MAKE) -C tools/fsdev-bind install DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)"
	install -D -m 0644 include/uapi/linux/famfs_ioctl.h \
		"$(DESTDIR)$(PREFIX)/include/linux/famfs_ioctl.h"

##  make deb           the Debian packages, into build/deb; needs what
##                     packaging/debian/control says and nothing else; with
##                     ARCH=arm64 those of arm64, into build/deb-arm64
deb: deps-deb
	scripts/deb

##  make dkms-install  the modules by DKMS, without a package; dkms-remove undoes it
dkms-install: deps-dkms-install
	$(MAKE) -C packaging/dkms add

dkms-remove:
	$(MAKE) -C packaging/dkms remove

##  make kunit         the library under KUnit on UML
kunit: deps-kunit
	scripts/kunit run

##  make kunit-x86     all suites on an x86-64 kernel that finds bugs, in QEMU
kunit-x86: deps-kunit-x86
	scripts/kunit run-x86

##  make coverage      how much of the library the KUnit suites reach
coverage: deps-coverage
	scripts/coverage

##  make mutate        whether the suites notice a library that is wrong
mutate: deps-mutate
	scripts/mutate

##  make fuzz          fuzz the library for SECONDS=600
fuzz: deps-fuzz
	$(MAKE) -C tools/extent fuzz

##  make prove         prove the library for small maps, with CBMC
prove: deps-prove
	scripts/prove

##  make bench-extent  what a look-up costs, beside a linear walk
bench-extent: deps-bench-extent
	$(MAKE) -C tools/extent bench

##  make check         CLI tests, 30 s of fuzzing, style gates, what is refused early
check: check-gates check-cli check-fuzz check-scripts

check-gates: deps-check
	scripts/gates

check-cli: deps-check
	$(MAKE) -C tools/famfs-mini check

check-fuzz: deps-check
	$(MAKE) -C tools/extent fuzz-short

check-scripts: deps-check
	scripts/test-scripts

##  make testhost      the modules on a stock kernel in QEMU: Debian 12's LTS, or
##                     Debian 13's with KERNEL=7.2 (SCENARIO=name for one); with
##                     ARCH=arm64 on an arm64 machine, KERNEL=16k with larger pages
testhost: deps-testhost $(kernel_deps) $(host_modules) cli
	KERNEL=$(KERNEL) tools/testhost/run $(SCENARIO)

##  make testhost-debug  the same on a kernel that finds bugs, and what needs it;
##                     make testhost KERNEL=kcsan on one that finds data races
testhost-debug:
	$(MAKE) --no-print-directory testhost KERNEL=debug

##  make packages-check  packages installed, upgraded, used from boot on and purged
##                     in Debian 12 and 13 on QEMU (TRIAL=12, 13 or 13-7.2 for one)
packages-check: deps-packages-check
	scripts/deb
	tools/testhost/packages/run $(TRIAL)

# For those that only say something on such a kernel.
checking := $(if $(filter kcsan,$(KERNEL)),kcsan,debug)

##  make fuzz-ioctl    the ioctls on that kernel, or the other one with KERNEL=kcsan,
##                     for MINUTES=10 (SEED=number, else any)
fuzz-ioctl: MINUTES ?= 10
fuzz-ioctl: deps-fuzz-ioctl cli
	KERNEL=$(checking) SETTINGS="seconds=$$(($(MINUTES) * 60)) seed=$(or $(SEED),$$(date +%s))" \
		tools/testhost/run fuzz-ioctl

##  make fuzz-mm       files and mappings against a model of what must be in memory: by
##                     OPS=100000 operations or for MINUTES=, from SEED=, on KERNEL=;
##                     MEMORY=pmem; a failure is shortened to the fewest that fail
fuzz-mm: deps-testhost $(kernel_deps) $(host_modules) cli
	KERNEL=$(KERNEL) tools/testhost/fuzz-mm $(if $(OPS),ops=$(OPS)) \
		$(if $(MINUTES),minutes=$(MINUTES)) $(if $(SEED),seed=$(SEED)) \
		$(if $(MEMORY),memory=$(MEMORY)) $(if $(WITHOUT),without=$(WITHOUT))

##  make soak          fuzzing, races, hosts that die, calls without memory, stress and
##                     trinity likewise, for MINUTES=60, and what it came to
soak: MINUTES ?= 60
soak: deps-soak cli
	KERNEL=$(checking) tools/testhost/soak $(MINUTES)

##  make test          all of these, a few scenarios of the last, counted together
test: deps-test
	scripts/test-all

##  make demo          two hosts share a file in memory: CXL where there is a QEMU that
##                     has it, which MEMORY=cxl gets; MEMORY=nvdimm is without
demo: deps-demo$(if $(filter cxl,$(MEMORY)),-cxl) $(kernel_deps) $(host_modules) cli
	KERNEL=$(KERNEL) MEMORY=$(MEMORY) tools/testhost/demo

##  make bench         what it costs, beside xfs, ext4, device_dax and tmpfs; rewrites
##                     the table in README.md and Documentation/bench/; with
##                     ARCH=arm64 prints a table of its own
bench: deps-bench stock-modules cli
	tools/testhost/bench

# The test hosts boot the stock kernel, whatever KDIR says.
stock-modules:
	$(MAKE) --no-print-directory modules KDIR="$$(scripts/kernel headers)"

##  make deps-TARGET   install the Debian packages that a target needs, as it would;
##                     deps those of make test
deps: deps-test

deps-%:
	@scripts/deps $*

##  make deps-list     which target needs which packages
deps-list:
	@scripts/deps --list

##  make clean         remove what was built here (the cache stays)
clean:
	find lib drivers fs \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name 'modules.order' -o \
		-name 'Module.symvers' \) -delete
	rm -rf build
	rm -f Module.symvers modules.order .modules.order.cmd .Module.symvers.cmd
	rm -f *.o .*.o .*.cmd
	$(MAKE) -C tools/famfs-mini clean
	$(MAKE) -C tools/extent clean

.PHONY: all help modules cli install kunit kunit-x86 coverage mutate \
	fuzz prove bench-extent check check-gates check-cli check-fuzz check-scripts \
	testhost testhost-debug fuzz-ioctl fuzz-mm soak test demo bench stock-modules \
	deps deps-list deb dkms-install dkms-remove packages-check clean
