// SPDX-License-Identifier: GPL-2.0
/*
 * famfs-rdma FILE OFFSET LENGTH: map a range of FILE, or of a device, for the RDMA
 * adapter of this host, and follow orders as famfs-poke hold does:
 *
 *   register             let the adapter load and store the mapping
 *   endpoint             tell "GID QP ADDRESS KEY", by which a peer reaches it
 *   connect GID QP ADDRESS KEY  reach a peer's mapping, and be reached
 *   write OFFSET LENGTH  store a range of the mapping to the same place of the peer's
 *   read OFFSET LENGTH   load it from there
 *   forget               unmap, and close the file
 *   deregister           the adapter drops the mapping
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <infiniband/verbs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

#define PORT 1
#define WORD 64
#define REACHES (IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ)

static int fd;
static uint8_t *mapping;
static uint64_t length;

static struct ibv_context *adapter;
static struct ibv_pd *domain;
static struct ibv_comp_channel *channel;
static struct ibv_cq *completions;
static struct ibv_qp *qp;
static struct ibv_mr *region;
static union ibv_gid gid;
static int gid_index;
static uint64_t peer_address;
static uint32_t peer_key;

static void *made(void *p, const char *what)
{
	if (!p)
		fail(what);
	return p;
}

/* These functions return what others leave in errno. */
static void done(int err, const char *what)
{
	if (err) {
		errno = err;
		fail(what);
	}
}

/* The GID that stands for an IPv4 address. */
static void find_gid(void)
{
	for (gid_index = 0; ; gid_index++) {
		if (ibv_query_gid(adapter, PORT, gid_index, &gid))
			fail_say("the adapter has no IPv4 address");
		if (IN6_IS_ADDR_V4MAPPED((struct in6_addr *)gid.raw))
			return;
	}
}

static void open_adapter(void)
{
	struct ibv_device **list = made(ibv_get_device_list(NULL), "adapters");
	struct ibv_qp_init_attr init = {
		.cap = {
			.max_send_wr = 1,
			.max_recv_wr = 1,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
		.qp_type = IBV_QPT_RC,
	};

	if (!list[0])
		fail_say("no RDMA adapter");
	adapter = made(ibv_open_device(list[0]), "open of the adapter");
	domain = made(ibv_alloc_pd(adapter), "protection domain");
	channel = made(ibv_create_comp_channel(adapter), "completion channel");
	completions = made(ibv_create_cq(adapter, 1, NULL, channel, 0), "CQ");
	init.send_cq = completions;
	init.recv_cq = completions;
	qp = made(ibv_create_qp(domain, &init), "QP");
	find_gid();
}

static void tell_register(void)
{
	region = ibv_reg_mr(domain, mapping, length,
			    IBV_ACCESS_LOCAL_WRITE | REACHES);
	puts(region ? "ok" : strerrorname_np(errno));
}

static void tell_endpoint(void)
{
	char name[INET6_ADDRSTRLEN];

	if (!region)
		fail_say("nothing is registered");
	inet_ntop(AF_INET6, gid.raw, name, sizeof(name));
	printf("%s %u %#lx %#x\n", name, qp->qp_num, (uintptr_t)mapping,
	       region->rkey);
}

static void init_qp(void)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = PORT,
		.qp_access_flags = REACHES,
	};

	done(ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX |
			   IBV_QP_PORT | IBV_QP_ACCESS_FLAGS), "QP to INIT");
}

static void ready_to_receive(const union ibv_gid *peer, uint32_t peer_qp)
{
	struct ibv_port_attr port;
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.dest_qp_num = peer_qp,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = 12,
		.ah_attr = {
			.is_global = 1,
			.grh = {
				.dgid = *peer,
				.sgid_index = gid_index,
				.hop_limit = 1,
			},
			.port_num = PORT,
		},
	};

	done(ibv_query_port(adapter, PORT, &port), "port");
	attr.path_mtu = port.active_mtu;
	done(ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_AV |
			   IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
			   IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER),
	     "QP to RTR");
}

/* Hosts are slow: seven times 4 seconds without an answer, and the peer is gone. */
static void ready_to_send(void)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.timeout = 20,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.max_rd_atomic = 1,
	};

	done(ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_TIMEOUT |
			   IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN |
			   IBV_QP_MAX_QP_RD_ATOMIC), "QP to RTS");
}

static void connect_to(const char (*words)[WORD])
{
	union ibv_gid peer;

	if (inet_pton(AF_INET6, words[0], peer.raw) != 1)
		fail_say("no GID: %s", words[0]);
	peer_address = number(words[2]);
	peer_key = number(words[3]);
	init_qp();
	ready_to_receive(&peer, number(words[1]));
	ready_to_send();
	puts("ok");
}

/* "ok", or what the adapter says about it. */
static const char *wait_for_completion(void)
{
	struct ibv_wc completion;
	struct ibv_cq *cq;
	void *context;

	if (ibv_get_cq_event(channel, &cq, &context))
		fail("completion");
	ibv_ack_cq_events(cq, 1);
	if (ibv_poll_cq(cq, 1, &completion) != 1)
		fail_say("an event without a completion");
	return completion.status ? ibv_wc_status_str(completion.status) : "ok";
}

static void transfer(enum ibv_wr_opcode opcode, uint64_t offset, uint64_t len)
{
	struct ibv_sge local = {
		.addr = (uintptr_t)mapping + offset,
		.length = len,
		.lkey = region->lkey,
	};
	struct ibv_send_wr request = {
		.sg_list = &local,
		.num_sge = 1,
		.opcode = opcode,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = {
			.remote_addr = peer_address + offset,
			.rkey = peer_key,
		},
	};
	struct ibv_send_wr *bad;

	done(ibv_req_notify_cq(completions, 0), "notification");
	done(ibv_post_send(qp, &request, &bad), "request");
	puts(wait_for_completion());
}

static void forget(void)
{
	if (munmap(mapping, length) || close(fd))
		fail("forget");
	puts("ok");
}

static void deregister(void)
{
	done(ibv_dereg_mr(region), "deregistration");
	puts("ok");
}

static void follow(const char *order, int n, const char (*words)[WORD])
{
	if (!strcmp(order, "register"))
		tell_register();
	else if (!strcmp(order, "endpoint"))
		tell_endpoint();
	else if (!strcmp(order, "connect") && n == 4)
		connect_to(words);
	else if (!strcmp(order, "write") && n == 2)
		transfer(IBV_WR_RDMA_WRITE, number(words[0]), number(words[1]));
	else if (!strcmp(order, "read") && n == 2)
		transfer(IBV_WR_RDMA_READ, number(words[0]), number(words[1]));
	else if (!strcmp(order, "forget"))
		forget();
	else if (!strcmp(order, "deregister"))
		deregister();
	else
		fail_say("no such order: %s", order);
}

int main(int argc, char **argv)
{
	char line[256], order[16], words[4][WORD];
	int n;

	if (argc != 4)
		fail_say("usage: famfs-rdma FILE OFFSET LENGTH");
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_adapter();
	fd = open_file(argv[1], O_RDWR);
	length = number(argv[3]);
	mapping = map_range(fd, number(argv[2]), length, PROT_READ | PROT_WRITE,
			    MAP_SHARED);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		n = sscanf(line, "%15s %63s %63s %63s %63s", order, words[0],
			   words[1], words[2], words[3]);
		if (n < 1)
			fail_say("no order: %s", line);
		follow(order, n - 1, words);
	}
	return 0;
}
