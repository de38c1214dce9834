mod follower;
mod log;
mod wire;
